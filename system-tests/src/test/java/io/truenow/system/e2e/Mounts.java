package io.truenow.system.e2e;

import java.io.IOException;
import java.nio.file.Path;

/** Small file systems in memory, where the test may mount them. */
final class Mounts {
    private Mounts() {
    }

    /** Mounts one of that size; false if that is not permitted. */
    static boolean tmpfs(final Path directory, final String size) throws IOException, InterruptedException {
        return run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", directory.toString());
    }

    /** Gives it another size. */
    static boolean resize(final Path directory, final String size) throws IOException, InterruptedException {
        return run("mount", "-o", "remount,size=" + size, directory.toString());
    }

    /** Takes it away. */
    static boolean remove(final Path directory) throws IOException, InterruptedException {
        return run("umount", "-l", directory.toString());
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }
}
