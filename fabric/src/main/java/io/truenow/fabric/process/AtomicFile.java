package io.truenow.fabric.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Small files that are replaced as a whole: after a crash of process or machine there is the old content or the new, and once
 * {@link #replace} has returned it is the new one. Stateless; one thread a file.
 */
public final class AtomicFile {
    /** What a disk is asked for, in an order that a test can see. */
    interface Disk {
        /** Makes the file, or empties it, and writes; the content may be lost in a crash until it is forced. */
        void write(Path file, byte[] content) throws IOException;

        /** Waits until a file's content, or a directory's names, are on the disk. */
        void force(Path fileOrDirectory) throws IOException;

        /** Replaces what stands under the other name; which of both a crash leaves is open until the directory is forced. */
        void rename(Path from, Path to) throws IOException;
    }

    private static final String UNFINISHED = ".new";
    private static final Disk DISK = new OperatingSystem();

    private AtomicFile() {
    }

    /** Writes the content beside the file, as {@code .new}, and puts it in its place. Waits for the disk. */
    public static void replace(final Path file, final byte[] content) throws IOException {
        replace(DISK, file, content);
    }

    static void replace(final Disk disk, final Path file, final byte[] content) throws IOException {
        final Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        disk.write(unfinished, content);
        // a file system may put the name on the disk before the bytes
        disk.force(unfinished);
        disk.rename(unfinished, file);
        disk.force(file.toAbsolutePath().getParent());
    }

    private static final class OperatingSystem implements Disk {
        @Override
        public void write(final Path file, final byte[] content) throws IOException {
            try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                final ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
        }

        @Override
        public void force(final Path fileOrDirectory) throws IOException {
            // fsync is of the file, not of what was written through one descriptor
            try (FileChannel channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }

        @Override
        public void rename(final Path from, final Path to) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
