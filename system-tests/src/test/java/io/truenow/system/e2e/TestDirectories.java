package io.truenow.system.e2e;

import org.agrona.IoUtil;

import java.nio.file.Path;

/** Directories below {@code target} that are kept after the test, for whoever has to find out what went wrong. */
public final class TestDirectories {
    private TestDirectories() {
    }

    /** A directory of that name without what an earlier run left in it. */
    public static Path fresh(final String name) {
        final Path directory = Path.of("target", "system", name).toAbsolutePath();
        IoUtil.delete(directory.toFile(), true);
        return directory;
    }
}
