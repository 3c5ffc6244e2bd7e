package io.truenow.fabric.error;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ErrorLogTest {
    @TempDir
    private Path directory;

    @Test
    void countsDistinctErrorsAndKeepsThoseOfFormerRuns() {
        assertEquals(List.of(), ErrorLog.read(directory));
        final ErrorLog first = ErrorLog.open(directory);
        assertEquals(List.of(), ErrorLog.read(directory));
        for (int i = 0; i < 10; i++) {
            first.onError(new IllegalStateException("ring is full", new ArithmeticException("cause")));
        }
        first.onError(new StackOverflowError());
        final List<ErrorEntry> entries = ErrorLog.read(directory);
        assertEquals(2, entries.size());
        assertEquals(10, entries.getFirst().count());
        assertTrue(entries.getFirst().stackTrace().contains("ring is full"));
        assertTrue(entries.getFirst().stackTrace().contains("ArithmeticException: cause"));
        final ErrorLog second = ErrorLog.open(directory);
        second.onError(new IllegalArgumentException("other"));
        // late, from a former run's thread
        first.onError(new IllegalStateException("late"));
        assertEquals(4, ErrorLog.read(directory).size());
        ErrorLog.open(directory);
        ErrorLog.open(directory);
        assertEquals(4, ErrorLog.read(directory).size());
    }
}
