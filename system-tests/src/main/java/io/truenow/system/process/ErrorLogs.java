package io.truenow.system.process;

import io.aeron.CncFileDescriptor;
import io.aeron.archive.ArchiveMarkFile;
import io.aeron.cluster.service.ClusterMarkFile;
import io.truenow.fabric.time.WallClock;
import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.errors.ErrorLogReader;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the distinct-error logs that processes leave in files: processes, media drivers, archives, cluster members. */
public final class ErrorLogs {
    /** What troubles a service is its state, not an error. */
    private static final Pattern COMPLAINT = Pattern.compile(
        " (WARN(?! Troubles )|ERROR) |Exception|^\\s+at [a-z]|WARNING(?!: Using incubator modules)");
    private static final long MARK_FILE_TIMEOUT_MS = 100;

    private ErrorLogs() {
    }

    /** One line for each distinct error in the files below a directory. */
    public static List<String> below(final Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        final List<String> errors = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(Files::isRegularFile).sorted().forEach(file -> read(file, errors));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return errors;
    }

    /** Lines of a process' output that report an error or a warning, and stack traces. */
    static List<String> complaintsIn(final Path output) {
        try (Stream<String> lines = Files.lines(output)) {
            return lines.filter(line -> COMPLAINT.matcher(line).find()).map(line -> output.getFileName() + ": " + line).toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(final Path file, final List<String> errors) {
        final String name = file.getFileName().toString();
        if (name.equals(CncFileDescriptor.CNC_FILE)) {
            final MappedByteBuffer cnc = IoUtil.mapExistingFile(file.toFile(), "cnc");
            try {
                collect(file, CncFileDescriptor.createErrorLogBuffer(cnc, CncFileDescriptor.createMetaDataBuffer(cnc)), errors);
            } finally {
                IoUtil.unmap(cnc);
            }
        } else if (name.equals(ArchiveMarkFile.FILENAME)) {
            try (ArchiveMarkFile markFile = new ArchiveMarkFile(
                directory(file), name, WallClock.INSTANCE, MARK_FILE_TIMEOUT_MS, message -> { })) {
                collect(file, markFile.errorBuffer(), errors);
            }
        } else if (name.startsWith("cluster-mark") && name.endsWith(ClusterMarkFile.FILE_EXTENSION)) {
            try (ClusterMarkFile markFile = new ClusterMarkFile(
                directory(file), name, WallClock.INSTANCE, MARK_FILE_TIMEOUT_MS, message -> { })) {
                collect(file, markFile.errorBuffer(), errors);
            }
        } else if (name.equals("errors.log") || name.startsWith("errors-")) {
            readText(file, errors);
        }
    }

    /** A process' own log: entries are text, an empty line after each. */
    private static void readText(final Path file, final List<String> errors) {
        try {
            for (final String entry : Files.readString(file).split("\n\n")) {
                if (!entry.isBlank()) {
                    errors.add(file + ": " + entry.strip());
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static File directory(final Path file) {
        return file.getParent().toFile();
    }

    private static void collect(final Path file, final AtomicBuffer buffer, final List<String> errors) {
        ErrorLogReader.read(buffer, (count, firstMs, lastMs, text) -> errors.add(file + ": " + count + " times: " + text));
    }
}
