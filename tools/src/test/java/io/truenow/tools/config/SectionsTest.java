package io.truenow.tools.config;

import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.gateway.GatewayModule;
import io.truenow.query.QueryModule;
import io.truenow.tools.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Every key of every section: what it refuses it refuses by its name, with the value and what would be right. */
class SectionsTest {
    /** What a reader of Java would say: classes, constructors, nulls. */
    private static final Pattern JAVA = Pattern.compile("java|null|[Ee]xception|deserialize|instance|constructor|`|\\$|::[a-z]");
    /** Text that is nothing but itself. */
    private static final Set<String> PATHS = Set.of("process.data-dir", "driver.directory", "hot-tier.region-directory");

    private static ConfigLoader load(final String... assignments) {
        final ConfigOptions options = new ConfigOptions();
        for (final String assignment : assignments) {
            final int equals = assignment.indexOf('=');
            options.set(assignment.substring(0, equals), assignment.substring(equals + 1));
        }
        return options.load(Map.of());
    }

    private static String refusal(final String... assignments) {
        return assertThrows(ConfigException.class, () -> Sections.of(load(assignments)), () -> String.join(" ", assignments)).getMessage();
    }

    /** As {@code config} prints them. */
    private static Set<String> keys() {
        final Set<String> keys = new TreeSet<>();
        String section = "";
        for (final String line : load().renderDocumented().lines().toList()) {
            if (line.matches("[a-z-]+:")) {
                section = line.substring(0, line.length() - 1);
            } else if (line.matches("  [a-z-]+:.*")) {
                keys.add(section + '.' + line.strip().substring(0, line.strip().indexOf(':')));
            }
        }
        return keys;
    }

    @Test
    void everyKeyRefusesNonsenseByItsName() {
        assertTrue(keys().size() > 60, keys().toString());
        for (final String key : keys()) {
            if (!PATHS.contains(key)) {
                final String message = refusal(key + "=no such thing!");
                assertTrue(message.startsWith("invalid value "), message);
                assertTrue(message.contains("no such thing!") && message.contains(" of " + key + " in the command line: "), message);
                assertFalse(JAVA.matcher(message).find(), message);
            }
        }
    }

    /** Each is taken or refused by name; none ends in another exception. */
    @Test
    void everyKeyRefusesExtremesByItsName() {
        for (final String key : keys()) {
            for (final String value : List.of("0", "-1", "2147483647", "99999999999999999999", "0s", "1ns", "999999999999d", "0MiB",
                "8191PiB", "999999TiB", "[]", "{}", "[[1]]", "true", "~", "1.5", "''", "a\tb", "::1", "é")) {
                try {
                    Sections.of(load(key + '=' + value));
                } catch (final ConfigException e) {
                    assertTrue(e.getMessage().contains(key.substring(0, key.indexOf('.') + 1)), key + '=' + value + ": " + e.getMessage());
                    assertFalse(JAVA.matcher(e.getMessage()).find(), e.getMessage());
                }
            }
        }
    }

    @Test
    void everyKeyRefusesToBeEmptyOrTakesItsDefault() {
        for (final String key : keys()) {
            try {
                Sections.of(load(key + '='));
            } catch (final ConfigException e) {
                assertTrue(e.getMessage().contains(key), e.getMessage());
                assertFalse(JAVA.matcher(e.getMessage()).find(), e.getMessage());
            }
        }
    }

    @Test
    void refusesWhatDoesNotFitTogether() {
        assertEquals("invalid value 1MiB of gateway.max-in-flight in the command line: must be at least gateway.max-body, which is 16MiB",
            refusal("gateway.max-in-flight=1MiB"));
        assertEquals("invalid value 16MiB of hot-tier.memory-budget in the command line: must be at least 96MiB, "
            + "three times hot-tier.region-size for each lane", refusal("hot-tier.memory-budget=16MiB", "hot-tier.lanes=2"));
        assertEquals("invalid value 1 of control.member-id in the command line: must be 0 to 0, a place in control.members",
            refusal("control.member-id=1"));
        assertEquals("invalid value 31s of query.default-timeout in the command line: must be at most query.max-timeout",
            refusal("query.default-timeout=31s"));
        assertEquals("invalid value sharde of driver.threading in the command line: must be shared, shared-network or dedicated",
            refusal("driver.threading=sharde"));
    }

    @Test
    void whereAProcessIsReachedFollowsFromWhereItListens() {
        assertEquals("127.0.0.1", Sections.of(load()).process().advertiseHost());
        assertEquals("10.0.0.5", Sections.of(load("process.bind-host=10.0.0.5")).process().advertiseHost());
        assertEquals("127.0.0.1", Sections.of(load("process.bind-host=0.0.0.0")).process().advertiseHost());
        assertEquals("::1", Sections.of(load("process.bind-host=::")).process().advertiseHost());
        final ProcessConfig six = Sections.of(load("process.bind-host=[fd00::5]", "process.advertise-host=node-5")).process();
        assertEquals("fd00::5", six.bindHost());
        assertEquals("node-5", six.advertiseHost());
        assertEquals("http://[fd00::5]:8088", Endpoints.of(Sections.of(load("process.bind-host=fd00::5")), null).of(GatewayModule.INSTANCE));
        assertEquals("http://[::1]:8081", Endpoints.of(Sections.of(load()), "[::1]").of(QueryModule.INSTANCE));
        assertTrue(refusal("process.advertise-host=0.0.0.0").contains("of process.advertise-host in the command line: must be one addr"));
    }

    @Test
    void configPrintsAFileThatMeansTheSame(@TempDir final Path directory) throws IOException {
        final CommandRun printed = CommandRun.of("config", "--set", "process.data-dir=/data/d\u00fc", "--set", "process.bind-host=::1",
            "--set", "driver.threading=shared-network", "--set", "hot-tier.lane-cpus=2,3");
        assertEquals(0, printed.exitCode(), printed.err());
        assertEquals("", printed.err());
        final Path file = Files.writeString(directory.resolve("truenow.yaml"), printed.out());
        final CommandRun again = CommandRun.of("config", "--config", file.toString());
        assertEquals(0, again.exitCode(), again.err());
        assertEquals(printed.out(), again.out());
        assertTrue(printed.out().contains("d\u00fc"), printed.out());
        assertNull(Sections.of(load()).driver().directory());
    }
}
