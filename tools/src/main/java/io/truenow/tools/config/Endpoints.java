package io.truenow.tools.config;

import io.truenow.fabric.host.HostText;

/**
 * Where the services' HTTP ports are, by configuration.
 *
 * @param control  such as {@code http://127.0.0.1:8001}.
 * @param hotTier  likewise.
 * @param gateway  likewise.
 * @param query    likewise.
 */
public record Endpoints(String control, String hotTier, String gateway, String query) {
    /** Reads them; a null host stands for the configured one. */
    public static Endpoints of(final Sections sections, final String host) {
        final String known = host == null ? sections.process().advertiseHost() : HostText.plain(host);
        return new Endpoints(
            url(known, sections.control().httpPort()),
            url(known, sections.hotTier().httpPort()),
            url(known, sections.gateway().httpPort()),
            url(known, sections.query().httpPort()));
    }

    private static String url(final String host, final int port) {
        return "http://" + HostText.endpoint(host, port);
    }
}
