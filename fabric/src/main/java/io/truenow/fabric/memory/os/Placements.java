package io.truenow.fabric.memory.os;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What the machine has granted, as it tells itself. Any thread; slow. */
public final class Placements {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final Set<String> HUGE = Set.of(
        "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:");
    private static final int NODE_OF_ADDRESS = 1 | 2;

    private Placements() {
    }

    /** Bytes of a mapping, from its start, that are in huge pages; 0 if the machine does not tell. */
    public static long hugeBytes(final long address, final long lengthBytes) {
        long bytes = 0;
        try (BufferedReader lines = Files.newBufferedReader(MAPPINGS, StandardCharsets.ISO_8859_1)) {
            boolean isWithin = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final String word = line.substring(0, line.indexOf(' '));
                if (!word.endsWith(":")) {
                    final long start = Long.parseUnsignedLong(word.substring(0, word.indexOf('-')), 16);
                    isWithin = start >= address && start < address + lengthBytes;
                } else if (isWithin && HUGE.contains(word)) {
                    bytes += Long.parseLong(line.substring(word.length()).replace("kB", "").strip()) << 10;
                }
            }
        } catch (final IOException e) {
            return 0;
        }
        return bytes;
    }

    /** NUMA node of a touched page, or -1 if the machine does not tell. */
    public static int numaNode(final long address) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment node = arena.allocate(ValueLayout.JAVA_INT);
            return SystemCall.GET_MEMPOLICY.invoke(node.address(), 0, 0, address, NODE_OF_ADDRESS) < 0
                ? -1 : node.get(ValueLayout.JAVA_INT, 0);
        }
    }
}
