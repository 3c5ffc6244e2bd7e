package io.truenow.fabric.error;

import io.aeron.exceptions.AeronException;
import io.truenow.fabric.time.WallClock;
import org.agrona.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The error log of a process: a text file in its data directory that survives {@code kill -9}. An error is written with its stack when it
 * is first seen, and in one line when it has come ten times, a hundred times and so on; so messages carry no ids, and a storm is a few
 * lines. Any thread may report. The file stays open as long as the log is used: an error that comes late, while everything is being closed,
 * is kept too.
 */
public final class ErrorLog implements ErrorHandler {
    private static final Logger LOGGER = LoggerFactory.getLogger(ErrorLog.class);
    private static final String FILE = "errors.log";
    private static final String FORMER_PREFIX = "errors-";
    private static final String SUFFIX = ".log";
    private static final int MAX_FORMER = 8;
    private static final int MAX_SEEN = 1_024;
    private static final int MAX_ENTRY_CHARACTERS = 16 * 1024;
    private static final int NEXT_TOLD = 10;
    /** Messages of ours carry none, those of Aeron carry ids: they are one error all the same. */
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    /** Not a channel: that closes itself when an agent's thread is interrupted. */
    private final FileOutputStream file;
    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private volatile boolean hasEnded;

    private ErrorLog(final FileOutputStream file) {
        this.file = file;
    }

    /**
     * Begins the log of this run in a directory that this process owns. A former log that holds errors is set aside, the last few are kept.
     */
    public static ErrorLog open(final Path directory) {
        final Path file = directory.resolve(FILE);
        try {
            setAside(directory, file);
            return new ErrorLog(new FileOutputStream(file.toFile(), true));
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the error log " + file, e);
        }
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
        final StackTraceElement[] frames = error.getStackTrace();
        final String identity = error.getClass().getName() + NUMBER.matcher(String.valueOf(error.getMessage())).replaceAll("")
            + (frames.length == 0 ? "" : frames[0].toString());
        AtomicLong count = counts.get(identity);
        if (count == null) {
            if (counts.size() >= MAX_SEEN) {
                return;
            }
            count = counts.computeIfAbsent(identity, absent -> new AtomicLong());
        }
        final long times = count.incrementAndGet();
        if (times == 1) {
            write(stackOf(error));
            tell(error);
        } else if (isTold(times)) {
            write("seen " + times + " times: " + error + '\n');
        }
    }

    private static void tell(final Throwable error) {
        if (error instanceof AeronException aeronError && aeronError.category() == AeronException.Category.WARN) {
            LOGGER.warn("{}", error.toString());
        } else {
            LOGGER.error("first occurrence; the error log counts the others", error);
        }
    }

    /** In one call, so that entries of several threads follow one another. */
    private void write(final String text) {
        try {
            file.write((Instant.ofEpochMilli(WallClock.INSTANCE.time()) + " " + text + '\n').getBytes(StandardCharsets.UTF_8));
        } catch (final IOException e) {
            LOGGER.warn("the error log cannot be written: {}", e.getMessage());
        }
    }

    /** A power of ten. */
    private static boolean isTold(final long times) {
        long rest = times;
        while (rest % NEXT_TOLD == 0) {
            rest /= NEXT_TOLD;
        }
        return rest == 1;
    }

    private static String stackOf(final Throwable error) {
        final StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        final String all = text.toString();
        return all.length() <= MAX_ENTRY_CHARACTERS ? all : all.substring(0, MAX_ENTRY_CHARACTERS) + "...\n";
    }

    private static void setAside(final Path directory, final Path file) throws IOException {
        if (Files.exists(file) && Files.size(file) > 0) {
            if (isText(file)) {
                Files.move(file, directory.resolve(FORMER_PREFIX + Files.getLastModifiedTime(file).toMillis() + SUFFIX));
            } else {
                Files.delete(file);
            }
        }
        final List<Path> former = new ArrayList<>(formerLogsIn(directory));
        while (former.size() > MAX_FORMER) {
            Files.delete(former.removeFirst());
        }
    }

    /** Former versions left a mapped file, zeros where there were no errors. */
    private static boolean isText(final Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return content.read() >= ' ';
        }
    }

    /** Oldest first. */
    private static List<Path> formerLogsIn(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> {
                final String name = file.getFileName().toString();
                return name.startsWith(FORMER_PREFIX) && name.endsWith(SUFFIX);
            }).sorted().toList();
        }
    }
}
