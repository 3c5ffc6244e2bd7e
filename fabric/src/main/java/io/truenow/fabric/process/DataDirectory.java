package io.truenow.fabric.process;

import org.agrona.CloseHelper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A directory that one process owns. The owner holds a lock on a file in it, which the operating system releases however the owner ends:
 * who gets the lock knows that marks, locks and shared memory left behind belong to nobody. Opened and closed by the launching thread.
 */
public final class DataDirectory implements AutoCloseable {
    /** The file in it that the owner holds a lock on. */
    public static final String LOCK_FILE = "owner.lock";

    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(final Path path, final FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /**
     * Creates the directory where needed and takes it.
     *
     * @throws DataDirectoryException if another owner has it, or it cannot be written.
     */
    public static DataDirectory open(final Path directory) {
        final Path path;
        FileChannel lockFile = null;
        try {
            path = Files.createDirectories(directory).toRealPath();
            final String whyNot = PathEncoding.whyUnusable(path.toString());
            if (whyNot != null) {
                throw new DataDirectoryException("directory " + path + " cannot be used, its path " + whyNot, null);
            }
            lockFile = FileChannel.open(
                path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!tryLock(lockFile)) {
                throw new DataDirectoryException(
                    "directory " + path + " is in use by another process" + ownerOf(lockFile) + ": stop it, or use another directory",
                    null);
            }
            lockFile.truncate(0);
            lockFile.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (final IOException e) {
            CloseHelper.quietClose(lockFile);
            throw new DataDirectoryException("cannot write to directory " + directory.toAbsolutePath() + ": " + reason(e), e);
        } catch (final DataDirectoryException e) {
            CloseHelper.quietClose(lockFile);
            throw e;
        }
        return new DataDirectory(path, lockFile);
    }

    /** The directory, absolute and without symbolic links. */
    public Path path() {
        return path;
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        CloseHelper.close(lockFile);
    }

    private static boolean tryLock(final FileChannel file) throws IOException {
        try {
            final FileLock lock = file.tryLock();
            return lock != null;
        } catch (final OverlappingFileLockException e) {
            // held by this process itself
            return false;
        }
    }

    private static String ownerOf(final FileChannel file) throws IOException {
        final ByteBuffer text = ByteBuffer.allocate(20);
        file.read(text, 0);
        final String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
        return pid.isEmpty() ? "" : " (pid " + pid + ')';
    }

    private static String reason(final IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> "it is not a directory";
            default -> String.valueOf(e.getMessage());
        };
    }
}
