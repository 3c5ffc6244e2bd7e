package io.truenow.fabric.error;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ErrorLogTest {
    private static final String FILE = "errors.log";

    @TempDir
    private Path directory;

    @Test
    void isTextThatGrowsWithDistinctErrorsOnly() throws IOException {
        final ErrorLog log = ErrorLog.open(directory);
        assertEquals("", text(FILE));
        for (int i = 0; i < 5_000; i++) {
            log.onError(new IllegalStateException("ring " + i + " is full", new ArithmeticException("cause")));
        }
        log.onError(new StackOverflowError());
        final String text = text(FILE);
        final List<String> heads = text.lines().filter(line -> line.matches("20\\d\\d-\\d\\d-\\d\\dT[0-9:.]+Z .*")).toList();
        final String error = "java.lang.IllegalStateException: ring ";
        assertEquals(List.of(error + "0 is full", "seen 10 times: " + error + "9 is full", "seen 100 times: " + error + "99 is full",
            "seen 1000 times: " + error + "999 is full", "java.lang.StackOverflowError"),
            heads.stream().map(line -> line.substring(line.indexOf(' ') + 1)).toList());
        assertTrue(text.contains("Caused by: java.lang.ArithmeticException: cause"), text);
        assertTrue(text.length() < 64 * 1024 && text.indexOf('\0') < 0);
    }

    @Test
    void keepsLogsOfFormerRunsThatHoldErrors() throws IOException {
        ErrorLog.open(directory);
        final ErrorLog first = ErrorLog.open(directory);
        assertEquals(List.of(FILE), files());
        first.onError(new IllegalStateException("first"));
        final ErrorLog second = ErrorLog.open(directory);
        second.onError(new IllegalArgumentException("second"));
        // from a former run's thread, which an interrupt does not keep from it
        Thread.currentThread().interrupt();
        first.onError(new IllegalStateException("late"));
        assertTrue(Thread.interrupted());
        final List<String> files = files();
        assertEquals(2, files.size());
        assertTrue(text(files.getFirst()).contains("first") && text(files.getFirst()).contains("late"));
        assertTrue(text(FILE).contains("second"));
    }

    @Test
    void takesThePlaceOfTheMappedFileOfFormerVersions() throws IOException {
        Files.write(directory.resolve(FILE), new byte[1024 * 1024]);
        ErrorLog.open(directory).onError(new IllegalStateException("new"));
        assertEquals(List.of(FILE), files());
        assertFalse(text(FILE).contains("\0"));
    }

    private String text(final String file) throws IOException {
        return Files.readString(directory.resolve(file));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
