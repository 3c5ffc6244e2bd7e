package io.truenow.tools.child;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChildProcessTest {
    @TempDir
    private Path parent;

    @Test
    void oneThatEndsBeforeItIsReadyIsToldWithItsReasonAndLeavesNothing() throws IOException {
        final String message = assertThrows(IOException.class,
            () -> ChildProcess.start(parent.resolve("of/children"), List.of("gateway.http-port=70000"))).getMessage();
        assertTrue(message.startsWith("it ended with code "), message);
        assertTrue(message.contains("gateway.http-port"), message);
        try (Stream<Path> left = Files.list(parent.resolve("of/children"))) {
            assertEquals(List.of(), left.toList());
        }
    }
}
