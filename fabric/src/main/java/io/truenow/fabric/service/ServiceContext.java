package io.truenow.fabric.service;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What a service is launched with.
 *
 * @param <C>         type of its configuration.
 * @param environment what the services of the process share.
 * @param directory   its own, below the process' data directory, whose lock the process holds.
 * @param config      its section of the configuration.
 * @param onEnded     called once, on any thread, if the service ends by itself: the process cannot go on with what it has then.
 */
public record ServiceContext<C extends Record>(ServiceEnvironment environment, Path directory, C config, Runnable onEnded) {
    public ServiceContext {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(onEnded, "onEnded");
    }

    /** Of a service that does not end by itself. */
    public ServiceContext(final ServiceEnvironment environment, final Path directory, final C config) {
        this(environment, directory, config, () -> { });
    }
}
