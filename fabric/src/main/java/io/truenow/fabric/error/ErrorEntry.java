package io.truenow.fabric.error;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.errors.ErrorLogReader;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A distinct error.
 *
 * @param source     the log that holds it.
 * @param count      how often it was observed.
 * @param stackTrace text of the exception, its causes and their frames.
 */
public record ErrorEntry(String source, int count, Instant first, Instant last, String stackTrace) {
    /** All entries of a distinct error log, as {@link org.agrona.concurrent.errors.DistinctErrorLog} and Aeron write it. */
    public static List<ErrorEntry> read(final String source, final AtomicBuffer log) {
        final List<ErrorEntry> entries = new ArrayList<>();
        ErrorLogReader.read(log, (count, firstMs, lastMs, stackTrace) ->
            entries.add(new ErrorEntry(source, count, Instant.ofEpochMilli(firstMs), Instant.ofEpochMilli(lastMs), stackTrace)));
        return entries;
    }

    @Override
    public String toString() {
        return source + ": " + count + " times, first " + first + ", last " + last + '\n' + stackTrace;
    }
}
