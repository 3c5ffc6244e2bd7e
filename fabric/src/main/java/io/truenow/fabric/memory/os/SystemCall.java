package io.truenow.fabric.memory.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Calls of the Linux kernel, made through {@code syscall} of the C library, by their numbers on x86-64 and on the architectures with the
 * generic table. Any thread; for rare calls only, since each allocates.
 */
enum SystemCall {
    /** {@code address, length, protection, flags, file, offset}. */
    MMAP(9, 222),
    /** {@code address, length}. */
    MUNMAP(11, 215),
    /** {@code address, length, advice}. */
    MADVISE(28, 233),
    /** {@code directory, path, flags, mode}. */
    OPENAT(257, 56),
    /** {@code file}. */
    CLOSE(3, 57),
    /** {@code file, mode, offset, length}. */
    FALLOCATE(285, 47),
    /** {@code address, length, mode, node mask, bits of the mask + 1, flags}. */
    MBIND(237, 235),
    /** {@code place of the mode, node mask, bits of the mask, address, flags}. */
    GET_MEMPOLICY(239, 236),
    /** {@code thread, bytes of the mask, mask}. */
    SCHED_SETAFFINITY(203, 122),
    /** {@code thread, bytes of the mask, place of the mask}. */
    SCHED_GETAFFINITY(204, 123),
    /** {@code option, and what belongs to it}; of the calling thread. */
    PRCTL(157, 167),
    /** {@code what is meant, 0: a thread; thread, 0: the calling one; niceness}. */
    SETPRIORITY(141, 140),
    /** {@code thread, 0: the calling one; place of the attributes, flags}. */
    SCHED_SETATTR(314, 274),
    /** {@code thread, 0: the calling one; place of the attributes, their bytes, flags}. */
    SCHED_GETATTR(315, 275),
    /** {@code file, command, argument}. */
    FCNTL(72, 25),
    /** {@code what to do with it, place of the mask, place for the former one, bytes of a mask}; of the calling thread. */
    RT_SIGPROCMASK(14, 135),
    /** {@code path, place of the arguments, place of the environment}; does not return when it works. */
    EXECVE(59, 221),
    /** {@code process, 0: the calling one; what is limited, place of the new soft and hard limit or 0, place for the former or 0}. */
    PRLIMIT64(302, 261);

    private static final int ARGUMENTS = 6;
    private static final Linker.Option ERROR_NUMBER = Linker.Option.captureCallState("errno");
    private static final Table TABLE = table();
    private static final MethodHandle SYSCALL = TABLE == Table.NONE ? null : find();

    private final int x86Number;
    private final int genericNumber;

    SystemCall(final int x86Number, final int genericNumber) {
        this.x86Number = x86Number;
        this.genericNumber = genericNumber;
    }

    /** Whether calls can be made on this machine at all. */
    static boolean isSupported() {
        return SYSCALL != null;
    }

    /** What the kernel answers: the result, or the negative error number; "not implemented" where calls are not supported. */
    long invoke(final long... arguments) {
        if (SYSCALL == null) {
            return -ErrorNumbers.NOT_IMPLEMENTED;
        }
        final long[] all = new long[ARGUMENTS];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        final long number = TABLE == Table.X86 ? x86Number : genericNumber;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            final long result = (long) SYSCALL.invokeExact(state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
            final long offset = Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));
            return result == -1 ? -state.get(ValueLayout.JAVA_INT, offset) : result;
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private static Table table() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Table.NONE;
        }
        return switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> Table.X86;
            case "aarch64", "riscv64", "loongarch64" -> Table.GENERIC;
            default -> Table.NONE;
        };
    }

    @SuppressWarnings("restricted")
    private static MethodHandle find() {
        final Linker linker = Linker.nativeLinker();
        final ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        return linker.defaultLookup().find("syscall")
            .map(symbol -> linker.downcallHandle(symbol, FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                ERROR_NUMBER, Linker.Option.firstVariadicArg(1)))
            .orElse(null);
    }

    private enum Table { X86, GENERIC, NONE }
}
