package io.truenow.fabric.process;

import io.truenow.fabric.memory.os.ThreadNiceness;
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
import static org.junit.jupiter.api.Assertions.assertTrue;

@EnabledOnOs(OS.LINUX)
class CompilerThreadsTest {
    /** Of {@code /proc/PID/stat}, behind the name. */
    private static final int NICENESS_FIELD = 16;
    private static final String VM_THREAD = "VM Thread";

    @Test
    void giveWayToAllOthers() throws IOException {
        // whoever runs the tests may have made the whole process nice already
        final Map<String, Integer> before = nicenessByName();
        final String whyNot = CompilerThreads.giveWay();
        final Map<String, Integer> niceness = nicenessByName();
        assertFalse(niceness.isEmpty());
        if (before.get(VM_THREAD) > ThreadNiceness.NICENESS) {
            // only who may do so makes a thread less nice than it is
            assertTrue(whyNot == null || whyNot.contains("permi") || whyNot.contains("EACCES") || whyNot.contains("EPERM"), whyNot);
            return;
        }
        assertNull(whyNot);
        niceness.forEach((name, nice) ->
            assertEquals(name.contains("CompilerThre") ? ThreadNiceness.NICENESS : before.get(VM_THREAD), nice, name));
    }

    private static Map<String, Integer> nicenessByName() throws IOException {
        final Map<String, Integer> found = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (final Path task : tasks.toList()) {
                final String name = Files.readString(task.resolve("comm")).strip();
                if (name.matches("C[12] CompilerThre|VM Thread|GC Thread.*")) {
                    final String stat = Files.readString(task.resolve("stat"));
                    found.put(name, Integer.valueOf(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICENESS_FIELD]));
                }
            }
        }
        return found;
    }
}
