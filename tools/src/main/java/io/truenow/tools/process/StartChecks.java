package io.truenow.tools.process;

import io.truenow.engine.store.memory.MemoryRoom;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.process.PathEncoding;
import io.truenow.tools.config.Sections;

import java.nio.file.Path;
import java.util.function.Consumer;

/** What a start asks of the machine before it touches anything. Used by the launching thread. */
final class StartChecks {
    private static final String BUDGET = "hot-tier.memory-budget";

    private StartChecks() {
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
        if (role.runs(Role.CONTROL)) {
            Hosts.checkMember(sections.control());
        }
        if (role.runs(Role.HOT_TIER)) {
            checkMemory(sections, config, warning);
        }
    }

    /** What somebody has asked for and cannot get is refused; the default does with what there is. */
    private static void checkMemory(final Sections sections, final ConfigLoader config, final Consumer<String> warning) {
        final MemoryRoom room = MemoryRoom.of(sections.hotTier().memorySettings(), sections.process().dataDir());
        final String tooMuch = room.whyTooMuch();
        if (tooMuch != null && !config.isDefault(BUDGET)) {
            throw new ConfigException(BUDGET + ' ' + tooMuch);
        }
        final String doubt = tooMuch == null ? room.doubt() : tooMuch;
        if (doubt != null) {
            warning.accept(BUDGET + ' ' + doubt);
        }
    }
}
