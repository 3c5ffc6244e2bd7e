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
        assertEquals("unknown environment variable TRUENOW_SAMPLE_PORT; did you mean TRUENOW_SAMPLE_HTTP_PORT?",
            refusal(sample().environment(Map.of("TRUENOW_SAMPLE_PORT", "1"))));
        assertEquals("unknown key sample.httpPort in the command line; did you mean sample.http-port?",
            refusal(sample().set("sample.httpPort=1")));
    }

    @Test
    void refusesInvalidValuesByName() throws IOException {
        assertTrue(refusal(sample().environment(Map.of("TRUENOW_SAMPLE_HTTP_PORT", "many")))
            .startsWith("invalid value many of sample.http-port in environment variable TRUENOW_SAMPLE_HTTP_PORT: "));
        assertEquals("invalid value 5 parsecs of sample.journal.linger in the command line: not a duration such as 250ms, 10s or 24h",
            refusal(sample().set("sample.journal.linger=5 parsecs")));
        assertTrue(refusal(sample().set("sample.journal.budget=-1")).endsWith("not a size such as 64MiB or 4096"));
        assertTrue(refusal(sample().file(file("sample:\n  mode: elsewhere\n"))).contains("EMBEDDED"));
        assertTrue(refusal(sample().file(file("sample:\n  http-port: 1.5\n"))).contains("invalid value 1.5 of sample.http-port"));
        assertTrue(refusal(sample().file(file("sample:\n  http-port:\n"))).contains("sample.http-port"));
        assertEquals("invalid configuration of sample: http-port is 99999: at most 65535", refusal(sample().set("sample.http-port=99999")));
        assertEquals("sample.journal in the command line is a group of keys, not a value".replace(" in the command line", ""),
            refusal(sample().set("sample.journal=x")));
        assertTrue(refusal(sample().file(file("sample:\n  journal: x\n"))).endsWith("is a group of keys, not a value"));
        assertEquals("not key=value: sample.http-port", refusal(sample().set("sample.http-port")));
    }

    @Test
    void refusesFilesThatAreNotYaml() throws IOException {
        assertTrue(refusal(sample().file(file("sample: [1\n"))).matches(".*truenow.yaml, line [0-9]+: not YAML: .*"));
        assertTrue(refusal(sample().file(file("- a\n"))).contains("not a mapping"));
        assertTrue(refusal(sample().file(file("sample:\n  share: 1\n  share: 2\n"))).contains("share"));
        assertTrue(refusal(sample().file(directory.resolve("none.yaml"))).contains("none.yaml"));
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

    enum Mode { EMBEDDED, ATTACHED }

    record Journal(Path directory, ByteSize budget, Duration linger) {
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
            if (httpPort > 65_535) {
                throw new IllegalArgumentException("http-port is " + httpPort + ": at most 65535");
            }
        }
    }
}
