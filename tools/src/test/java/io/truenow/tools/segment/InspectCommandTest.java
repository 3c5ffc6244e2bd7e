package io.truenow.tools.segment;

import io.truenow.perf.engine.SealRun;
import io.truenow.tools.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code truenow segment inspect} of files that are whole and files that are not. */
final class InspectCommandTest {
    private static final int ROWS = 9_000;

    @TempDir
    private Path directory;
    private int exitCode;

    @Test
    void printsWhatIsInAFile() throws IOException {
        try (SealRun run = new SealRun(1, ROWS, 300, directory)) {
            run.seal();
            final String text = inspect(run.file().toString(), "--blocks");
            assertEquals(0, exitCode);
            assertTrue(text.contains("rows 9,000"), text);
            assertTrue(text.contains("dimension 2: 300 values, 2 bytes a code, postings"), text);
            assertTrue(text.contains("metric 1: blocks by encoding {UINT8=3}, with nulls 0, values from 1.0 to 19.0"), text);
            assertTrue(text.contains("block 2  rows 808"), text);
            assertTrue(text.contains("all checksums agree"), text);
            final JsonNode json = new JsonMapper().readTree(inspect(run.file().toString(), "--json", "--blocks"));
            assertEquals(ROWS, json.path("rows").asInt());
            assertTrue(json.path("whole").asBoolean());
            assertEquals(3, json.path("blocks").size());
        }
    }

    @Test
    void tellsDamage() throws IOException {
        try (SealRun run = new SealRun(1, ROWS, 300, directory)) {
            run.seal();
            final byte[] bytes = Files.readAllBytes(run.file());
            final Path copy = directory.resolve("copy");
            bytes[bytes.length - 1]++;
            Files.write(copy, bytes);
            assertTrue(inspect(copy.toString()).contains("WRONG"));
            assertEquals(1, exitCode);
            bytes[70]++;
            Files.write(copy, bytes);
            assertTrue(inspect(copy.toString()).contains("DAMAGED: the header's checksum is wrong"));
            assertEquals(1, exitCode);
            final JsonNode json = new JsonMapper().readTree(inspect(copy.toString(), "--json"));
            assertFalse(json.path("whole").asBoolean());
            assertEquals(1, exitCode);
            inspect(directory.resolve("absent").toString());
            assertEquals(1, exitCode);
        }
    }

    private String inspect(final String... options) {
        final String[] arguments = new String[options.length + 2];
        arguments[0] = "segment";
        arguments[1] = "inspect";
        System.arraycopy(options, 0, arguments, 2, options.length);
        final PrintStream before = System.out;
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            exitCode = Main.run(arguments);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
