package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much memory a process may have: that of the machine, or less where its control group, or one above that, has a limit. Read from the
 * kernel's files; the Java machine's own answer costs a start 40 ms of class loading. Stateless.
 */
public final class MachineMemory {
    /** Where the kernel does not tell. */
    public static final long UNKNOWN = Long.MAX_VALUE;

    private static final String MEM_TOTAL = "MemTotal:";
    private static final int KIB_SHIFT = 10;

    private MachineMemory() {
    }

    /** Bytes, or {@link #UNKNOWN}. */
    public static long limitBytes() {
        return limitBytes(Path.of("/"));
    }

    /** The same by files below another root. */
    static long limitBytes(final Path root) {
        long limitBytes = UNKNOWN;
        for (final String line : lines(root.resolve("proc/meminfo"))) {
            if (line.startsWith(MEM_TOTAL)) {
                limitBytes = number(line.substring(MEM_TOTAL.length()).replace("kB", "")) << KIB_SHIFT;
            }
        }
        final Path groups = root.resolve("sys/fs/cgroup");
        for (final String line : lines(root.resolve("proc/self/cgroup"))) {
            // hierarchy:controllers:path; a container may see a path that is not below its own mount, whose root is its group then
            final String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[0].equals("0") && parts[1].isEmpty()) {
                limitBytes = Math.min(limitBytes, leastFrom(groups, parts[2], "memory.max"));
            } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                limitBytes = Math.min(limitBytes, leastFrom(groups.resolve("memory"), parts[2], "memory.limit_in_bytes"));
            }
        }
        return limitBytes;
    }

    private static long leastFrom(final Path mount, final String group, final String file) {
        long leastBytes = UNKNOWN;
        final Path wanted = mount.resolve(group.replaceFirst("^/+", "")).normalize();
        Path path = wanted.startsWith(mount) ? wanted : mount;
        while (path != null && path.startsWith(mount)) {
            for (final String line : lines(path.resolve(file))) {
                leastBytes = Math.min(leastBytes, number(line));
            }
            path = path.getParent();
        }
        return leastBytes;
    }

    /** {@link #UNKNOWN} for {@code max}, and for what is no number. */
    private static long number(final String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (final NumberFormatException e) {
            return UNKNOWN;
        }
    }

    private static List<String> lines(final Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
        } catch (final IOException e) {
            return List.of();
        }
    }
}
