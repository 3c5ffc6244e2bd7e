package io.truenow.fabric.process;

import io.truenow.fabric.memory.os.ThreadNiceness;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The compilers of the Java machine, each a thread that computes for up to 200 ms at a stretch in a process that has started lately or does
 * something for the first time.
 */
public final class CompilerThreads {
    private static final Path TASKS = Path.of("/proc/self/task");
    /** As the kernel cuts the names, which are of one kind only. */
    private static final String NAMES = "C[12] CompilerThre";

    private CompilerThreads() {
    }

    /**
     * Lets them give way to all others; those that the machine starts later inherit it.
     *
     * @return null if granted, else a few words why not; then they run as before.
     */
    public static String giveWay() {
        int found = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (final Path task : tasks) {
                if (isCompiler(task)) {
                    final String whyNot = ThreadNiceness.giveWay(Long.parseLong(task.getFileName().toString()));
                    if (whyNot != null) {
                        return whyNot;
                    }
                    found++;
                }
            }
        } catch (final IOException e) {
            return "no " + TASKS;
        }
        return found == 0 ? "none found" : null;
    }

    private static boolean isCompiler(final Path task) {
        try {
            return Files.readString(task.resolve("comm")).trim().matches(NAMES);
        } catch (final IOException e) {
            // it has ended
            return false;
        }
    }
}
