package io.truenow.tools.config;

import io.truenow.fabric.config.ConfigLoader;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where a command takes its configuration from; mixed into commands. */
public final class ConfigOptions {
    /** Variables of the launcher script. */
    private static final String[] OTHER_VARIABLES = {"TRUENOW_JAVA_HOME", "TRUENOW_JAVA_OPTS", "TRUENOW_NO_BUILD"};

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file; `truenow config` prints every key.")
    private Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One key, such as --set gateway.http-port=9000. Repeatable.")
    private List<String> assignments = new ArrayList<>();

    /** Adds what another option of the command sets. */
    public void set(final String key, final Object value) {
        assignments.add(key + '=' + value);
    }

    /** Reads and merges everything; variables of the environment that may have been meant and set nothing are told on standard error. */
    public ConfigLoader load() {
        final ConfigLoader config = load(System.getenv());
        config.warnings().forEach(warning -> System.err.println("truenow: warning: " + warning));
        return config;
    }

    ConfigLoader load(final Map<String, String> environment) {
        final ConfigLoader.Builder builder = ConfigLoader.ofSections(Sections.names()).file(file).environment(environment, OTHER_VARIABLES);
        assignments.forEach(builder::set);
        return builder.load();
    }
}
