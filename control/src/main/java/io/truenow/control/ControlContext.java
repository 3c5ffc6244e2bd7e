package io.truenow.control;

import io.truenow.fabric.service.ServiceEnvironment;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What {@link ControlService#launch} needs. The media driver runs already, and the caller owns the data directory: it holds its lock.
 *
 * @param environment   of the process; its control client and catalog view may still be on their way.
 * @param config        section {@code control}.
 * @param dataDirectory of the process; the member keeps its files in {@code control} below it.
 * @param onEnded       called once, on a thread of the member's, if it ends by itself: nothing works any more.
 */
public record ControlContext(ServiceEnvironment environment, ControlConfig config, Path dataDirectory, Runnable onEnded) {
    public ControlContext {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(dataDirectory, "dataDirectory");
        Objects.requireNonNull(onEnded, "onEnded");
    }
}
