package io.truenow.perf.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * How long each thread of a process has run on a processor, by Linux' {@code /proc/PID/task/TID/schedstat}: nanoseconds, first of its
 * numbers. Immutable.
 */
public final class ThreadTimes {
    private final Map<Long, Long> nanosById;
    private final Map<Long, String> namesById;

    private ThreadTimes(final Map<Long, Long> nanosById, final Map<Long, String> namesById) {
        this.nanosById = nanosById;
        this.namesById = namesById;
    }

    /** Of now. */
    public static ThreadTimes of(final long pid) {
        final Map<Long, Long> nanos = new HashMap<>();
        final Map<Long, String> names = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (final Path task : tasks) {
                read(task, nanos, names);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot see the threads of process " + pid, e);
        }
        return new ThreadTimes(nanos, names);
    }

    private static void read(final Path task, final Map<Long, Long> nanos, final Map<Long, String> names) throws IOException {
        try {
            final long id = Long.parseLong(task.getFileName().toString());
            final String times = Files.readString(task.resolve("schedstat"));
            nanos.put(id, Long.parseLong(times.substring(0, times.indexOf(' '))));
            names.put(id, Files.readString(task.resolve("comm")).strip());
        } catch (final NoSuchFileException e) {
            // it has ended meanwhile
            return;
        } catch (final IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
        }
    }

    /** Nanoseconds on a processor since an earlier reading, by thread name; threads of one name are one. Those that ended do not count. */
    public Map<String, Long> since(final ThreadTimes earlier) {
        final Map<String, Long> byName = new HashMap<>();
        nanosById.forEach((id, nanos) ->
            byName.merge(namesById.get(id), nanos - earlier.nanosById.getOrDefault(id, 0L), Long::sum));
        return byName;
    }
}
