package io.truenow.tools.config;

import io.truenow.fabric.config.ConfigLoader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

/** {@code truenow config}. */
@Command(name = "config", description = "Print the effective configuration as YAML, every key with its explanation.")
public final class ConfigCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options;

    @Override
    public Integer call() {
        final ConfigLoader config = options.load();
        Sections.of(config);
        System.out.print(config.renderDocumented());
        return 0;
    }
}
