package io.truenow.gateway;

import io.truenow.fabric.service.ServiceEnvironment;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What a gateway is launched with.
 *
 * @param environment what the services of the process share.
 * @param directory   its own: identity and journal are kept there.
 * @param config      its section of the configuration.
 */
public record GatewayContext(ServiceEnvironment environment, Path directory, GatewayConfig config) {
    public GatewayContext {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(config, "config");
    }
}
