package io.truenow.fabric.service;

import io.truenow.fabric.agent.Duty;

import java.nio.file.Path;
import java.util.List;

/**
 * A service as the command line knows it: its role, its section of the configuration, what it runs, how it is launched. The process that
 * runs services iterates a list of modules and knows nothing else of them. Stateless; used by launching threads.
 *
 * @param <C> type of its configuration. The defaults and their explanations are the resource {@code truenow/<name>.yaml} of its module.
 */
public interface ServiceModule<C extends Record> {
    /** Role, section of the configuration and directory below the data directory, such as {@code hot-tier}. */
    String name();

    /** What the section is bound to, and checked by. */
    Class<C> configType();

    /** TCP port of its HTTP edge as it is configured, where {@code status} asks. */
    int httpPort(C config);

    /** What its agents do, each duty once; {@link Duty#COORDINATION} is every service's. */
    List<Duty> duties();

    /** What it has open at most beside connections, for the check of the process' limit. */
    FileNeed files();

    /**
     * Whether other services of the process follow the catalog that this one publishes: then it is launched before they begin to look for
     * it.
     */
    default boolean isCatalogSource() {
        return false;
    }

    /** Looks whether it can be had on this machine as it is configured, before anything is touched; throws or warns with one line. */
    default void check(final C config, final StartCheck check) {
        // nothing that would not be told by the launch
    }

    /** Begins to load what {@link #launch} would otherwise wait for, on a thread of its own. */
    default void preload(final Path directory) {
        // nothing that takes long
    }

    /**
     * Launches it; it may become ready later.
     *
     * @throws RuntimeException with one line of explanation; nothing stays open then.
     */
    LaunchedService launch(ServiceContext<C> context);

    /**
     * Files and sockets.
     *
     * @param part         of the process, as a person knows it, such as {@code journal}; null if there are none but connections.
     * @param files        at most.
     * @param takesClients whether clients connect to its HTTP port, and not only what monitors it.
     */
    record FileNeed(String part, int files, boolean takesClients) {
    }
}
