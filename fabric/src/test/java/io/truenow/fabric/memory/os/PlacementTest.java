package io.truenow.fabric.memory.os;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Random;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PlacementTest {
    private static final long LENGTH = 4 << 20;
    private static final long HUGE_PAGE = 2 << 20;
    private static final Set<String> GRANTING = Set.of("always", "madvise");

    @TempDir
    private Path directory;

    @BeforeAll
    static void needsLinux() {
        Assumptions.assumeTrue(SystemCall.isSupported(), "calls of Linux");
    }

    @Test
    void anonymousMemoryComesZeroedAndHugeWhereTheKernelHasIt() throws IOException {
        final String kernel = transparentHugePages();
        for (final HugePages hugePages : new HugePages[]{HugePages.OFF, HugePages.TRY}) {
            try (Arena arena = Arena.ofShared()) {
                final MemorySegment memory = AnonymousMemory.map(LENGTH, new MemoryPlacement(hugePages, 0), arena);
                assertEquals(-1, memory.mismatch(arena.allocate(LENGTH)));
                assertEquals(0, memory.address() % HUGE_PAGE);
                final long hugeBytes = Placements.hugeBytes(memory.address(), LENGTH);
                if (hugePages == HugePages.OFF && !kernel.equals("always")) {
                    assertEquals(0, hugeBytes, "nobody asked for them");
                } else if (hugePages == HugePages.TRY && GRANTING.contains(kernel)) {
                    assertEquals(LENGTH, hugeBytes, "the kernel's setting is " + kernel);
                } else {
                    assertEquals(0, hugeBytes % HUGE_PAGE);
                }
                final int node = Placements.numaNode(memory.address());
                assertTrue(node == 0 || node == -1 && !Files.exists(Path.of("/sys/devices/system/node/node0")), "node " + node);
                memory.fill((byte) 1);
            }
        }
    }

    @Test
    void requiredHugePagesAreThereOrMissed() throws IOException {
        final String kernel = transparentHugePages();
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment memory = AnonymousMemory.map(LENGTH, new MemoryPlacement(HugePages.REQUIRE, -1), arena);
            assertEquals(LENGTH, Placements.hugeBytes(memory.address(), LENGTH));
        } catch (final IOException e) {
            assertFalse(GRANTING.contains(kernel), () -> "the kernel's setting is " + kernel + ", yet: " + e.getMessage());
            assertTrue(e.getMessage().startsWith("no huge pages for memory, which are required"), e.getMessage());
        }
    }

    /** The kernel's setting, such as {@code madvise}; empty where it does not tell. */
    private static String transparentHugePages() throws IOException {
        final Path setting = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        if (!Files.isReadable(setting)) {
            LoggerFactory.getLogger(PlacementTest.class).warn(
                "NOT TESTED: that huge pages are granted, as the kernel does not tell whether it has any");
            return "";
        }
        final String text = Files.readString(setting);
        return text.substring(text.indexOf('[') + 1, text.indexOf(']'));
    }

    @Test
    void filesKeepTheirContentWhateverIsWanted() throws IOException {
        final Path shared = Path.of("/dev/shm");
        final Path parent = Files.isWritable(shared) ? Files.createTempDirectory(shared, "truenow-test-") : directory;
        final Path file = parent.resolve("file");
        try {
            Files.createFile(file);
            for (int i = 0; i < 4; i++) {
                final HugePages hugePages = i % 2 == 0 ? HugePages.TRY : HugePages.OFF;
                try (Arena arena = Arena.ofShared()) {
                    final MemorySegment memory = MappedFile.map(file, LENGTH, new MemoryPlacement(hugePages, 0), arena);
                    assertEquals(i * 7, memory.get(ValueLayout.JAVA_INT, LENGTH - 4));
                    memory.set(ValueLayout.JAVA_INT, LENGTH - 4, (i + 1) * 7);
                    final long hugeBytes = Placements.hugeBytes(memory.address(), LENGTH);
                    assertTrue(hugeBytes >= 0 && hugeBytes <= LENGTH && hugeBytes % HUGE_PAGE == 0, "huge: " + hugeBytes);
                }
            }
        } finally {
            Files.deleteIfExists(file);
            if (parent != directory) {
                Files.delete(parent);
            }
        }
    }

    @Test
    void hugePagesKeepWhatFilesWithHolesHold() throws IOException {
        final Path shared = Path.of("/dev/shm");
        final Path file = Files.createTempFile(Files.isWritable(shared) ? shared : directory, "truenow-test-", "");
        try {
            final long seed = System.nanoTime();
            final Random random = new Random(seed);
            final byte[] expected = new byte[(int) LENGTH];
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (int i = 0; i < 50; i++) {
                    final int offset = random.nextInt(expected.length - 1);
                    expected[offset] = (byte) (1 + random.nextInt(100));
                    channel.write(ByteBuffer.wrap(expected, offset, 1), offset);
                }
            }
            try (Arena arena = Arena.ofShared()) {
                final MemorySegment memory = MappedFile.map(file, LENGTH, new MemoryPlacement(HugePages.TRY, -1), arena);
                assertEquals(-1, memory.mismatch(MemorySegment.ofArray(expected)), () -> "seed " + seed);
            }
            assertArrayEquals(expected, Files.readAllBytes(file), () -> "seed " + seed);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void fillsHoles() throws IOException {
        final Path file = directory.resolve("file");
        Files.createFile(file);
        try (Arena arena = Arena.ofShared()) {
            MappedFile.map(file, LENGTH, MemoryPlacement.ANY, arena).set(ValueLayout.JAVA_INT, 0, 42);
        }
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment memory = MappedFile.map(file, 2 * LENGTH, MemoryPlacement.ANY, arena);
            assertEquals(42, memory.get(ValueLayout.JAVA_INT, 0));
            memory.asSlice(LENGTH).fill((byte) 1);
        }
        assertEquals(2 * LENGTH, Files.size(file));
        try (Arena arena = Arena.ofShared()) {
            final String message = assertThrows(IOException.class,
                () -> MappedFile.map(directory.resolve("none"), LENGTH, MemoryPlacement.ANY, arena)).getMessage();
            assertTrue(message.contains(directory.resolve("none").toString()), message);
        }
    }

    @Test
    void threadsStayWhereTheyArePinned() throws InterruptedException {
        final BitSet allowed = ThreadPinning.processors();
        assertFalse(allowed.isEmpty());
        final BitSet one = new BitSet();
        one.set(allowed.nextSetBit(0));
        final BitSet none = new BitSet();
        none.set(ThreadPinning.MAX_PROCESSORS - 1);
        final BitSet[] seen = new BitSet[2];
        final String[] refusals = new String[2];
        final Thread thread = Thread.ofPlatform().start(() -> {
            refusals[0] = ThreadPinning.pin(one);
            seen[0] = ThreadPinning.processors();
            refusals[1] = ThreadPinning.pin(none);
            seen[1] = ThreadPinning.processors();
        });
        thread.join();
        assertNull(refusals[0]);
        assertEquals(one, seen[0]);
        assertNotNull(refusals[1]);
        assertEquals(one, seen[1]);
        assertEquals(allowed, ThreadPinning.processors(), "other threads are not touched");
    }

    @Test
    void nodesAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new MemoryPlacement(HugePages.OFF, -2));
        assertThrows(IllegalArgumentException.class, () -> new MemoryPlacement(HugePages.OFF, 64));
    }
}
