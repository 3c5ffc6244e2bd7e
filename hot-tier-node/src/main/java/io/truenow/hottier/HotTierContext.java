package io.truenow.hottier;

import io.truenow.fabric.service.ServiceEnvironment;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What a hot-tier node is launched with.
 *
 * @param config      its section of the configuration.
 * @param directory   its own: identity, incarnation and number of lanes are kept there.
 * @param environment what the services of the process share.
 */
public record HotTierContext(HotTierConfig config, Path directory, ServiceEnvironment environment) {
    public HotTierContext {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(environment, "environment");
    }
}
