package io.truenow.fabric.memory.os;

import io.truenow.fabric.agent.PromptThreads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@EnabledOnOs(OS.LINUX)
class ThreadSliceTest {
    private static final long SLICE_NS = 200_000;

    private String seen = "the task has not run";

    @Test
    void isOfTheCallingThreadOnlyWhereTheKernelKnowsIt() throws InterruptedException {
        final String[] refusal = new String[1];
        final Thread thread = Thread.ofPlatform().start(() -> {
            refusal[0] = ThreadSlice.set(SLICE_NS);
            seen = slice();
        });
        thread.join();
        assertTrue(refusal[0] == null || refusal[0].equals(ErrorNumbers.text(ErrorNumbers.NOT_IMPLEMENTED)), refusal[0]);
        expect(refusal[0] == null);
        assertNotEquals(Long.toString(SLICE_NS), slice());
    }

    @Test
    void promptThreadsBeginWithIt() throws InterruptedException {
        final String[] refusal = new String[1];
        Thread.ofPlatform().start(() -> refusal[0] = ThreadSlice.set(SLICE_NS)).join();
        final Thread thread = new PromptThreads(SLICE_NS).madeBy(Thread::new).newThread(() -> seen = slice());
        thread.start();
        thread.join();
        expect(refusal[0] == null);
    }

    @Test
    void whatTheKernelDoesNotTakeKeepsNothingFromRunning() throws InterruptedException {
        final Thread thread = new PromptThreads(1).madeBy(Thread::new).newThread(() -> seen = "ran");
        thread.start();
        thread.join();
        assertEquals("ran", seen);
    }

    /** Kernels built without the scheduler's own page tell nothing. */
    private void expect(final boolean isGranted) {
        if (!seen.isEmpty()) {
            assertEquals(isGranted, seen.equals(Long.toString(SLICE_NS)), seen);
        }
    }

    /** In ns, as the scheduler tells it of the calling thread. */
    private static String slice() {
        try {
            final Path thread = Path.of("/proc").resolve(Path.of("/proc/thread-self").toRealPath().getFileName());
            for (final String line : Files.readAllLines(thread.resolve("sched"))) {
                if (line.startsWith("se.slice")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
            return "";
        } catch (final IOException e) {
            return "";
        }
    }
}
