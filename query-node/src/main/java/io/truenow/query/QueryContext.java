package io.truenow.query;

import io.truenow.fabric.service.ServiceEnvironment;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What a query node is launched with.
 *
 * @param environment of the process.
 * @param directory   for the node's identity; of this node alone.
 * @param config      the section {@code query}.
 */
public record QueryContext(ServiceEnvironment environment, Path directory, QueryConfig config) {
    public QueryContext {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(config, "config");
    }
}
