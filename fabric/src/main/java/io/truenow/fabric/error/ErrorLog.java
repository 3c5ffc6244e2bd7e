package io.truenow.fabric.error;

import io.aeron.exceptions.AeronException;
import io.truenow.fabric.time.WallClock;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The error log of a process: a mapped file in its data directory that survives {@code kill -9}. An error that repeats takes no more room
 * and no more log lines; so messages carry no ids. Any thread may report. The mapping lives as long as the log is used: an error that comes
 * late, while everything is being closed, must not take the process down.
 */
public final class ErrorLog implements ErrorHandler {
    private static final Logger LOGGER = LoggerFactory.getLogger(ErrorLog.class);
    private static final String FILE = "errors.log";
    private static final String FORMER_PREFIX = "errors-";
    private static final String SUFFIX = ".log";
    private static final int LENGTH_BYTES = 1024 * 1024;
    private static final int MAX_FORMER = 8;
    private static final int MAX_SEEN = 1_024;

    private final DistinctErrorLog log;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private volatile boolean hasEnded;

    private ErrorLog(final UnsafeBuffer buffer) {
        this.log = new DistinctErrorLog(buffer, WallClock.INSTANCE);
    }

    /**
     * Begins the log of this run in a directory that this process owns. A former log that holds errors is set aside, the last few are kept.
     */
    public static ErrorLog open(final Path directory) {
        final Path file = directory.resolve(FILE);
        try {
            setAside(directory, file);
            try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return new ErrorLog(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH_BYTES)));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the error log " + file, e);
        }
    }

    /** Entries of this and former runs in a directory, whoever writes there at this moment. */
    public static List<ErrorEntry> read(final Path directory) {
        final List<ErrorEntry> entries = new ArrayList<>();
        try {
            for (final Path file : logsIn(directory)) {
                entries.addAll(readFile(file));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    /** Nothing is taken from now on: when something is lost that all hangs on, and that has been told, the rest are consequences. */
    public void end() {
        hasEnded = true;
    }

    @Override
    public void onError(final Throwable error) {
        if (hasEnded && !(error instanceof Error)) {
            return;
        }
        log.record(error);
        final StackTraceElement[] frames = error.getStackTrace();
        final String identity = error.getClass().getName() + error.getMessage() + (frames.length == 0 ? "" : frames[0].toString());
        if (seen.size() < MAX_SEEN && seen.add(identity)) {
            if (error instanceof AeronException aeronError && aeronError.category() == AeronException.Category.WARN) {
                LOGGER.warn("{}", error.toString());
            } else {
                LOGGER.error("first occurrence; the error log counts the others", error);
            }
        }
    }

    private static void setAside(final Path directory, final Path file) throws IOException {
        if (Files.exists(file) && !readFile(file).isEmpty()) {
            Files.move(file, directory.resolve(FORMER_PREFIX + Files.getLastModifiedTime(file).toMillis() + SUFFIX));
        }
        final List<Path> former = new ArrayList<>(logsIn(directory));
        former.remove(file);
        while (former.size() > MAX_FORMER) {
            Files.delete(former.removeFirst());
        }
    }

    private static List<ErrorEntry> readFile(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() == 0) {
                return List.of();
            }
            return ErrorEntry.read(file.toString(), new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())));
        }
    }

    /** Oldest first. */
    private static List<Path> logsIn(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> {
                final String name = file.getFileName().toString();
                return name.equals(FILE) || name.startsWith(FORMER_PREFIX) && name.endsWith(SUFFIX);
            }).sorted().toList();
        }
    }
}
