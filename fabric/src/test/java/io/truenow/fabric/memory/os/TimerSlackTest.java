package io.truenow.fabric.memory.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class TimerSlackTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void isLeastForTheCallingThread() throws InterruptedException {
        final String[] seen = new String[2];
        final Thread thread = Thread.ofPlatform().start(() -> {
            seen[0] = TimerSlack.least();
            seen[1] = slack();
        });
        thread.join();
        assertNull(seen[0]);
        assertEquals("1", seen[1]);
    }

    private static String slack() {
        try {
            final Path threadId = Path.of("/proc/thread-self").toRealPath().getFileName();
            return Files.readString(Path.of("/proc").resolve(threadId).resolve("timerslack_ns")).trim();
        } catch (final IOException e) {
            return e.toString();
        }
    }
}
