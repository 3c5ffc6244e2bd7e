package io.truenow.testing;

import org.opentest4j.TestAbortedException;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * File systems that a test mounts, which only root may. Where that is refused the test is skipped and the log says what was not tested; in
 * CI, where it must be run, it fails.
 */
public final class Mounts {
    private static final long LIMIT_SECONDS = 20;

    private Mounts() {
    }

    /** Mounts a file system in memory of that size, as {@code 64k}. */
    public static void tmpfs(final Path directory, final String size) throws IOException, InterruptedException {
        mount(directory, "mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", directory.toString());
    }

    /** Mounts the kernel's file system of huge pages. */
    public static void hugetlbfs(final Path directory) throws IOException, InterruptedException {
        mount(directory, "mount", "-t", "hugetlbfs", "none", directory.toString());
    }

    /** Gives a file system in memory another size. */
    public static void resize(final Path directory, final String size) throws IOException, InterruptedException {
        must("mount", "-o", "remount,size=" + size, directory.toString());
    }

    /** Takes a file system away, though files of it may be open. */
    public static void remove(final Path directory) throws IOException, InterruptedException {
        must("umount", "-l", directory.toString());
    }

    private static void mount(final Path directory, final String... command) throws IOException, InterruptedException {
        if (run(command) != 0) {
            final String what = String.join(" ", command) + " was refused: this test needs root";
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                throw new AssertionError(what);
            }
            LoggerFactory.getLogger(Mounts.class).warn("NOT TESTED: {} ({})", what, directory);
            throw new TestAbortedException(what);
        }
    }

    private static void must(final String... command) throws IOException, InterruptedException {
        if (run(command) != 0) {
            throw new AssertionError(String.join(" ", command) + " failed");
        }
    }

    private static int run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }
}
