package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lets a process begin anew: the same program with the same arguments and environment, under the same process id, so that whoever started
 * it notices nothing. To all else it is as if it had been killed and started again: memory, threads, locks and connections are gone, the
 * standard streams stay. Linux only.
 */
public final class ProgramStart {
    private static final Path SELF = Path.of("/proc/self");
    private static final int FIRST_OWN_FILE = 3;
    private static final long SET_FLAGS = 2;
    private static final long CLOSE_ON_START = 1;
    private static final long SET_MASK = 2;

    private ProgramStart() {
    }

    /**
     * Does not return when it works. Any thread; the calling one's processors, niceness and slice become those of the whole process, so not
     * an agent's.
     *
     * @param lastArgument added to the program's arguments unless it is among them.
     * @return a few words why it does not work; then nothing has changed.
     */
    public static String again(final String lastArgument) {
        try {
            final List<byte[]> arguments = readStrings("cmdline");
            if (arguments.stream().noneMatch(argument -> lastArgument.equals(new String(argument, StandardCharsets.UTF_8)))) {
                arguments.add(lastArgument.getBytes(StandardCharsets.UTF_8));
            }
            final List<byte[]> environment = readStrings("environ");
            final Path program = Files.readSymbolicLink(SELF.resolve("exe"));
            try (Arena arena = Arena.ofShared()) {
                final MemorySegment path = arena.allocateFrom(program.toString());
                final MemorySegment argumentList = listOf(arguments, arena);
                final MemorySegment environmentList = listOf(environment, arena);
                closeFilesOnStart();
                // threads of the Java machine hold signals back that the next one expects
                SystemCall.RT_SIGPROCMASK.invoke(SET_MASK, arena.allocate(ValueLayout.JAVA_LONG).address(), 0, Long.BYTES);
                return ErrorNumbers.text(-SystemCall.EXECVE.invoke(path.address(), argumentList.address(), environmentList.address()));
            }
        } catch (final IOException e) {
            return "the program cannot be read: " + e.getMessage();
        }
    }

    /** Each ends with a zero byte. */
    private static List<byte[]> readStrings(final String name) throws IOException {
        final byte[] all = Files.readAllBytes(SELF.resolve(name));
        final List<byte[]> strings = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == 0) {
                strings.add(Arrays.copyOfRange(all, start, i));
                start = i + 1;
            }
        }
        return strings;
    }

    private static MemorySegment listOf(final List<byte[]> strings, final Arena arena) {
        final MemorySegment list = arena.allocate(ValueLayout.ADDRESS, strings.size() + 1L);
        for (int i = 0; i < strings.size(); i++) {
            final byte[] string = strings.get(i);
            final MemorySegment copy = arena.allocate(string.length + 1L);
            MemorySegment.copy(string, 0, copy, ValueLayout.JAVA_BYTE, 0, string.length);
            list.setAtIndex(ValueLayout.ADDRESS, i, copy);
        }
        return list;
    }

    /** Sockets of the Java machine would stay open otherwise, and their peers wait. */
    private static void closeFilesOnStart() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(SELF.resolve("fd"))) {
            for (final Path file : files) {
                final int number = Integer.parseInt(file.getFileName().toString());
                if (number >= FIRST_OWN_FILE) {
                    SystemCall.FCNTL.invoke(number, SET_FLAGS, CLOSE_ON_START);
                }
            }
        }
    }
}
