package io.truenow.fabric.memory.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MachineMemoryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path root;

    private void file(final String path, final String text) throws IOException {
        final Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void isTheMachinesWithoutAControlGroup() throws IOException {
        assertEquals(MachineMemory.UNKNOWN, MachineMemory.limitBytes(root));
        file("proc/meminfo", "MemTotal:       25165824 kB\nMemFree:        1 kB\n");
        assertEquals(24 * GIB, MachineMemory.limitBytes(root));
    }

    @Test
    void isTheLeastOfTheGroupAndThoseAboveIt() throws IOException {
        file("proc/meminfo", "MemTotal:       25165824 kB\n");
        file("proc/self/cgroup", "0::/system.slice/truenow.service\n");
        file("sys/fs/cgroup/system.slice/truenow.service/memory.max", "max\n");
        assertEquals(24 * GIB, MachineMemory.limitBytes(root));
        file("sys/fs/cgroup/system.slice/memory.max", Long.toString(2 * GIB));
        assertEquals(2 * GIB, MachineMemory.limitBytes(root));
        file("sys/fs/cgroup/system.slice/truenow.service/memory.max", Long.toString(GIB) + '\n');
        assertEquals(GIB, MachineMemory.limitBytes(root));
    }

    @Test
    void isThatOfAContainer() throws IOException {
        file("proc/meminfo", "MemTotal:       25165824 kB\n");
        // a namespace of its own; then the host's path, which is not there in the container; then one out of it
        for (final String group : new String[]{"/", "/kubepods/pod7/abc", "/../../abc"}) {
            file("proc/self/cgroup", "0::" + group + '\n');
            file("sys/fs/cgroup/memory.max", Long.toString(2 * GIB));
            assertEquals(2 * GIB, MachineMemory.limitBytes(root), group);
        }
    }

    @Test
    void knowsTheFormerKindOfGroups() throws IOException {
        file("proc/meminfo", "MemTotal:       25165824 kB\n");
        file("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
        // no limit, as that kind tells it
        file("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
        assertEquals(24 * GIB, MachineMemory.limitBytes(root));
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", Long.toString(3 * GIB));
        assertEquals(3 * GIB, MachineMemory.limitBytes(root));
    }

    @Test
    void readsThisMachine() {
        assertTrue(MachineMemory.limitBytes() > 64 << 20);
    }
}
