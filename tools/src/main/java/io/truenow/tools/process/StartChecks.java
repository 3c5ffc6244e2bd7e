package io.truenow.tools.process;

import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.process.PathEncoding;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.fabric.service.StartCheck;
import io.truenow.tools.config.Sections;

import java.nio.file.Path;
import java.util.function.Consumer;

/** What a start asks of the machine before it touches anything. Used by the launching thread. */
final class StartChecks implements StartCheck {
    private final Sections sections;
    private final ConfigLoader config;
    private final Consumer<String> warning;

    private StartChecks(final Sections sections, final ConfigLoader config, final Consumer<String> warning) {
        this.sections = sections;
        this.config = config;
        this.warning = warning;
    }

    /**
     * Looks whether the process can be had here as it is configured.
     *
     * @param config  tells what somebody has set.
     * @param warning gets a line for each thing that may fail later.
     * @throws ConfigException       for what another configuration has to mend.
     * @throws IllegalStateException for what the machine may have at another time: a host's name, an address.
     */
    static void run(final Role role, final Sections sections, final ConfigLoader config, final Consumer<String> warning) {
        final Path dataDir = sections.process().dataDir();
        final String whyNot = dataDir.isAbsolute() ? null : PathEncoding.whyUnusable(System.getProperty("user.dir"));
        if (whyNot != null) {
            throw new ConfigException("process.data-dir " + dataDir + " is in the working directory, whose path " + whyNot);
        }
        Hosts.check(sections.process());
        final StartChecks checks = new StartChecks(sections, config, warning);
        role.services().forEach(checks::check);
    }

    @Override
    public Path dataDirectory() {
        return sections.process().dataDir();
    }

    @Override
    public boolean isDefault(final String key) {
        return config.isDefault(key);
    }

    @Override
    public void warn(final String line) {
        warning.accept(line);
    }

    @Override
    public void requireOwnHost(final String key, final String host) {
        Hosts.requireOwn(key, host);
    }

    private <C extends Record> void check(final ServiceModule<C> module) {
        module.check(sections.of(module), this);
    }
}
