package io.truenow.tools.config;

import io.truenow.control.ControlConfig;
import io.truenow.driver.DriverConfig;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.gateway.GatewayConfig;
import io.truenow.hottier.HotTierConfig;
import io.truenow.query.QueryConfig;

/**
 * The configuration of a process, every section read and checked: a wrong value is told before anything is touched, and by commands that
 * use only some of it. Immutable.
 */
public record Sections(
    ProcessConfig process, HttpLimits http, DriverConfig driver, ControlConfig control, HotTierConfig hotTier, GatewayConfig gateway,
    QueryConfig query) {
    /**
     * Reads them.
     *
     * @throws ConfigException naming the first value that does not fit.
     */
    public static Sections of(final ConfigLoader config) {
        return new Sections(
            config.bind("process", ProcessConfig.class),
            config.bind("http", HttpLimits.class),
            config.bind("driver", DriverConfig.class),
            config.bind("control", ControlConfig.class),
            config.bind("hot-tier", HotTierConfig.class),
            config.bind("gateway", GatewayConfig.class),
            config.bind("query", QueryConfig.class));
    }

    /** The same with another driver. */
    public Sections withDriver(final DriverConfig other) {
        return new Sections(process, http, other, control, hotTier, gateway, query);
    }
}
