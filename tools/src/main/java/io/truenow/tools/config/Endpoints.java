package io.truenow.tools.config;

import io.truenow.control.ControlConfig;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.gateway.GatewayConfig;
import io.truenow.hottier.HotTierConfig;
import io.truenow.query.QueryConfig;

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
    public static Endpoints of(final ConfigLoader config, final String host) {
        final String prefix = "http://" + (host == null ? config.bind("process", ProcessConfig.class).advertiseHost() : host) + ':';
        return new Endpoints(
            prefix + config.bind("control", ControlConfig.class).httpPort(),
            prefix + config.bind("hot-tier", HotTierConfig.class).httpPort(),
            prefix + config.bind("gateway", GatewayConfig.class).httpPort(),
            prefix + config.bind("query", QueryConfig.class).httpPort());
    }
}
