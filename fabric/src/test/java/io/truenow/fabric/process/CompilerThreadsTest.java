package io.truenow.fabric.process;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

@EnabledOnOs(OS.LINUX)
class CompilerThreadsTest {
    /** Of {@code /proc/PID/stat}, behind the name. */
    private static final int NICENESS_FIELD = 16;

    @Test
    void giveWayToAllOthers() throws IOException {
        assertNull(CompilerThreads.giveWay());
        final Map<String, String> niceness = nicenessByName();
        assertFalse(niceness.isEmpty());
        niceness.forEach((name, nice) -> assertEquals(name.contains("CompilerThre") ? "10" : "0", nice, name));
    }

    private static Map<String, String> nicenessByName() throws IOException {
        final Map<String, String> found = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (final Path task : tasks.toList()) {
                final String name = Files.readString(task.resolve("comm")).strip();
                if (name.matches("C[12] CompilerThre|VM Thread|GC Thread.*")) {
                    final String stat = Files.readString(task.resolve("stat"));
                    found.put(name, stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICENESS_FIELD]);
                }
            }
        }
        return found;
    }
}
