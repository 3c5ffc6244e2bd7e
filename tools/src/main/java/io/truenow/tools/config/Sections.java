package io.truenow.tools.config;

import io.truenow.driver.DriverConfig;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.service.ServiceModule;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The configuration of a process, every section read and checked: a wrong value is told before anything is touched, and by commands that
 * use only some of it. Immutable.
 *
 * @param services by name of the module.
 */
public record Sections(ProcessConfig process, HttpLimits http, DriverConfig driver, Map<String, Record> services) {
    public Sections {
        services = Map.copyOf(services);
    }

    /** Those that there are, in the order in which {@code config} prints them. */
    static String[] names() {
        return Stream.concat(Stream.of("process", "http", "driver"), ServiceModules.ALL.stream().map(ServiceModule::name))
            .toArray(String[]::new);
    }

    /**
     * Reads them.
     *
     * @throws ConfigException naming the first value that does not fit.
     */
    public static Sections of(final ConfigLoader config) {
        final ProcessConfig process = config.bind("process", ProcessConfig.class);
        final HttpLimits http = config.bind("http", HttpLimits.class);
        final DriverConfig driver = config.bind("driver", DriverConfig.class);
        final Map<String, Record> services = new HashMap<>();
        for (final ServiceModule<?> module : ServiceModules.ALL) {
            services.put(module.name(), config.bind(module.name(), module.configType()));
        }
        return new Sections(process, http, driver, services);
    }

    /** A service's own section. */
    public <C extends Record> C of(final ServiceModule<C> module) {
        return module.configType().cast(services.get(module.name()));
    }

    /** The same with another driver. */
    public Sections withDriver(final DriverConfig other) {
        return new Sections(process, http, other, services);
    }
}
