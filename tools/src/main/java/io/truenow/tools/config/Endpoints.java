package io.truenow.tools.config;

import io.truenow.fabric.host.HostText;
import io.truenow.fabric.service.ServiceModule;

/** Where the services' HTTP ports are, by configuration. Immutable. */
public final class Endpoints {
    private final Sections sections;
    private final String host;

    private Endpoints(final Sections sections, final String host) {
        this.sections = sections;
        this.host = host;
    }

    /** Reads them; a null host stands for the configured one. */
    public static Endpoints of(final Sections sections, final String host) {
        return new Endpoints(sections, host == null ? sections.process().advertiseHost() : HostText.plain(host));
    }

    /** Of one service, such as {@code http://127.0.0.1:8001}. */
    public <C extends Record> String of(final ServiceModule<C> module) {
        return "http://" + HostText.endpoint(host, module.httpPort(sections.of(module)));
    }
}
