package io.truenow.fabric.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConfigLoaderTest {
    @TempDir
    private Path directory;

    private ConfigLoader.Builder sample() {
        return ConfigLoader.ofSections("sample");
    }

    private Path file(final String text) throws IOException {
        return Files.writeString(directory.resolve("truenow.yaml"), text);
    }

    private static Sample bind(final ConfigLoader.Builder builder) {
        return builder.load().bind("sample", Sample.class);
    }

    private static String refusal(final ConfigLoader.Builder builder) {
        return assertThrows(ConfigException.class, () -> bind(builder)).getMessage();
    }

    @Test
    void bindsDefaults() {
        final Sample sample = bind(sample());
        assertEquals(8088, sample.httpPort());
        assertEquals(new Journal(Path.of("journal"), new ByteSize(8L << 30), Duration.ofNanos(250_000)), sample.journal());
        assertEquals(Mode.EMBEDDED, sample.mode());
        assertEquals(List.of(), sample.peers());
        assertEquals(0.5, sample.share());
        assertTrue(sample.enabled());
        assertNull(sample.name());
        assertEquals(Map.of(), sample.labels());
    }

    @Test
    void overridesDefaultsByFileThenEnvironmentThenCommandLine() throws IOException {
        final ConfigLoader.Builder builder = sample()
            .file(file("""
                sample:
                  http-port: 1
                  share: 0.1
                  mode: attached
                  journal:
                    budget: 64 MiB
                    linger: 2ms
                  peers: [a, b]
                  labels: {x: y}
                """))
            .environment(Map.of("TRUENOW_SAMPLE_HTTP_PORT", "2", "TRUENOW_SAMPLE_SHARE", "0.2", "TRUENOW_SAMPLE_NAME", "007",
                "TRUENOW_OPTS", "-x", "PATH", "/"), "TRUENOW_OPTS")
            .set("sample.share=0.3").set("sample.journal.linger=3s");
        final Sample sample = bind(builder);
        assertEquals(2, sample.httpPort());
        assertEquals(0.3, sample.share());
        assertEquals(Mode.ATTACHED, sample.mode());
        assertEquals(new Journal(Path.of("journal"), new ByteSize(64L << 20), Duration.ofSeconds(3)), sample.journal());
        assertEquals(List.of("a", "b"), sample.peers());
        assertEquals(Map.of("x", "y"), sample.labels());
        assertEquals("007", sample.name());
        assertEquals(List.of("p:1", "q:2"), bind(sample().set("sample.peers=p:1, q:2")).peers());
        assertEquals(List.of("[::1]:8010", "[::2]:8010"), bind(sample().set("sample.peers=[::1]:8010,[::2]:8010")).peers());
        assertEquals(List.of("p,q"), bind(sample().set("sample.peers=['p,q']")).peers());
    }

    @Test
    void takesAnEmptyFile() throws IOException {
        assertEquals(8088, bind(sample().file(file("# nothing\n"))).httpPort());
        assertEquals(8088, bind(sample().file(file("sample:\n  # nothing\n"))).httpPort());
    }

    @Test
    void refusesUnknownKeysByName() throws IOException {
        assertEquals("unknown key sample.http-prt in " + directory.resolve("truenow.yaml") + "; did you mean sample.http-port?",
            refusal(sample().file(file("sample:\n  http-prt: 1\n"))));
        assertTrue(refusal(sample().file(file("sampel:\n  http-port: 1\n"))).startsWith("unknown key sampel in "));
        assertTrue(refusal(sample().file(file("sample:\n  journal:\n    dir: x\n"))).startsWith("unknown key sample.journal.dir in "));
        assertEquals("unknown key a.b in the command line; `truenow config` prints all there are", refusal(sample().set("a.b=1")));
        assertEquals("unknown key sample.httpPort in the command line; did you mean sample.http-port?",
            refusal(sample().set("sample.httpPort=1")));
    }

    @Test
    void refusesInvalidValuesByName() throws IOException {
        assertEquals("invalid value many of sample.http-port in environment variable TRUENOW_SAMPLE_HTTP_PORT: "
            + "must be a whole number from -2147483648 to 2147483647",
            refusal(sample().environment(Map.of("TRUENOW_SAMPLE_HTTP_PORT", "many"))));
        assertEquals("invalid value 99999999999 of sample.http-port in the command line: "
            + "must be a whole number from -2147483648 to 2147483647", refusal(sample().set("sample.http-port=99999999999")));
        assertEquals("invalid value 5 parsecs of sample.journal.linger in the command line: not a duration such as 250ms, 10s or 24h",
            refusal(sample().set("sample.journal.linger=5 parsecs")));
        assertTrue(refusal(sample().set("sample.journal.budget=-1")).endsWith("not a size such as 64MiB or 4096"));
        assertEquals("invalid value elsewhere of sample.mode in the command line: must be embedded, attached or half-attached",
            refusal(sample().set("sample.mode=elsewhere")));
        assertEquals("invalid value maybe of sample.enabled in the command line: must be true or false",
            refusal(sample().set("sample.enabled=maybe")));
        assertEquals("invalid value much of sample.share in the command line: must be a number",
            refusal(sample().set("sample.share=much")));
        assertEquals("invalid value 3 of sample.peers in " + directory.resolve("truenow.yaml") + ": must be a list such as [a, b]",
            refusal(sample().file(file("sample:\n  peers: 3\n"))));
        assertEquals("invalid value x of sample.labels in the command line: must be a map such as {a: b}",
            refusal(sample().set("sample.labels=x")));
        assertEquals("invalid value \"a\\u0000b\" of sample.journal.directory in the command line: not a path",
            refusal(sample().set("sample.journal.directory=a\u0000b")));
        assertTrue(refusal(sample().file(file("sample:\n  http-port: 1.5\n"))).contains("invalid value 1.5 of sample.http-port"));
        assertEquals("no value of sample.http-port in " + directory.resolve("truenow.yaml") + "; its default is 8088",
            refusal(sample().file(file("sample:\n  http-port:\n"))));
        assertEquals("no value of sample.mode in the command line; its default is embedded", refusal(sample().set("sample.mode=")));
        assertEquals("no value of sample.journal.budget in environment variable TRUENOW_SAMPLE_JOURNAL_BUDGET; its default is 8GiB",
            refusal(sample().environment(Map.of("TRUENOW_SAMPLE_JOURNAL_BUDGET", " "))));
        assertEquals("invalid value 99999 of sample.http-port in the command line: must be a port, 0 to 65535",
            refusal(sample().set("sample.http-port=99999")));
        assertEquals("invalid value 1d of sample.journal.linger in the command line: must be 0s to 10s",
            refusal(sample().set("sample.journal.linger=1d")));
        assertEquals("sample.journal in the command line is a group of keys, not a value".replace(" in the command line", ""),
            refusal(sample().set("sample.journal=x")));
        assertTrue(refusal(sample().file(file("sample:\n  journal: x\n"))).endsWith("is a group of keys, not a value"));
        assertEquals("not key=value: sample.http-port", refusal(sample().set("sample.http-port")));
    }

    @Test
    void readsEnumsAsKeysAreWritten() {
        for (final String text : List.of("half-attached", "HALF_ATTACHED", "Half-Attached")) {
            assertEquals(Mode.HALF_ATTACHED, bind(sample().set("sample.mode=" + text)).mode());
        }
    }

    @Test
    void takesBackWhatIsOptional() throws IOException {
        final ConfigLoader.Builder builder = sample().file(file("sample:\n  name: x\n"));
        assertEquals("x", bind(builder).name());
        assertNull(bind(builder.set("sample.name=")).name());
    }

    @Test
    void takesPathsAsTheyAre() {
        assertEquals(Path.of("/a:b/d\u00fc c"), bind(sample().set("sample.journal.directory=/a:b/d\u00fc c")).journal().directory());
    }

    @Test
    void knowsWhatIsDefault() {
        final ConfigLoader config = sample().set("sample.share=0.5").load();
        assertTrue(config.isDefault("sample.http-port"));
        assertFalse(config.isDefault("sample.share"));
    }

    @Test
    void refusesFilesThatAreNotYaml() throws IOException {
        assertTrue(refusal(sample().file(file("sample: [1\n"))).matches(".*truenow.yaml, line [0-9]+: not YAML: .*"));
        assertTrue(refusal(sample().file(file("- a\n"))).contains("not a mapping"));
        assertTrue(refusal(sample().file(file("sample:\n  share: 1\n  share: 2\n"))).contains("share"));
        assertEquals("cannot read the configuration file " + directory.resolve("none.yaml") + ": there is none",
            refusal(sample().file(directory.resolve("none.yaml"))));
        final Path latin = Files.write(directory.resolve("latin.yaml"), new byte[] {'#', (byte) 0xfc});
        assertEquals("cannot read the configuration file " + latin + ": it is not UTF-8", refusal(sample().file(latin)));
    }

    @Test
    void rendersWhatIsInForceWithItsComments() throws IOException {
        final String defaults = sample().load().renderDocumented();
        assertTrue(defaults.contains("  # Port of HTTP.\n  http-port: 8088\n"));
        assertEquals(bind(sample()), bind(sample().file(file(defaults))));
        final ConfigLoader.Builder changed = sample().set("sample.http-port=5").set("sample.name=a: \"b\"").set("sample.peers=a,b")
            .set("sample.journal.directory=/x y");
        final String effective = changed.load().renderDocumented();
        assertTrue(effective.contains("  # Port of HTTP.\n  http-port: 5\n"), effective);
        assertTrue(effective.contains("    directory: /x y\n"), effective);
        assertEquals(bind(changed), bind(sample().file(file(effective))));
    }

    @Test
    void readsSizes() {
        assertEquals(0, ByteSize.parse("0").bytes());
        assertEquals(1 << 10, ByteSize.parse("1k").bytes());
        assertEquals(3L << 20, ByteSize.parse("3 MB").bytes());
        assertEquals(5L << 40, ByteSize.parse("5TiB").bytes());
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse("1.5GiB"));
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse("99999999999GiB"));
        for (final String text : new String[]{"0", "1", "1KiB", "64MiB", "1025", "8GiB", "2048TiB"}) {
            assertEquals(text, ByteSize.parse(text).toString());
        }
    }

    enum Mode { EMBEDDED, ATTACHED, HALF_ATTACHED }

    record Journal(Path directory, ByteSize budget, Duration linger) {
        Journal {
            Require.between(Duration.ZERO, linger, Duration.ofSeconds(10), "linger");
        }
    }

    record Sample(
        int httpPort,
        Journal journal,
        Mode mode,
        List<String> peers,
        double share,
        boolean enabled,
        String name,
        Map<String, String> labels) {
        Sample {
            Require.port(httpPort, "http-port");
        }
    }
}
