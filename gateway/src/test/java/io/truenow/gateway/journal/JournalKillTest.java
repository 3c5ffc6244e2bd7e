package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A journal whose process is killed in the middle of an append. */
class JournalKillTest {
    private static final int GATEWAY_ID = 7;
    private static final long MINUTE_MS = 60_000;

    @TempDir
    Path directory;

    private final List<Throwable> errors = new ArrayList<>();
    private long nowMs = 1_800_000_000_000L;
    private Journal journal;

    @AfterEach
    void close() {
        journal.close();
        assertEquals(List.of(), errors);
    }

    @Test
    void survivesDeathInTheMiddleOfAnAppend() throws Exception {
        die(40, nowMs);
        final long startNs = System.nanoTime();
        open(2);
        assertEquals(80, contents().size());
        assertEquals(40, journal.lastSequence(100));
        append(1_000, 0);
        assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(5), "no waiting for a dead process' lock");
        assertEquals("100 1000 2/1<1/40", contents().getLast());
        reopen(3);
        assertEquals(81, contents().size());
    }

    @Test
    void survivesDeathInTheMiddleOfAnAppendOfAnEarlierRollFile() throws Exception {
        die(3, nowMs);
        nowMs += 60 * MINUTE_MS;
        open(2);
        append(1_000, 0);
        nowMs += 10 * MINUTE_MS;
        append(1_001, 1);
        assertEquals(8, contents().size());
        assertEquals("100 1000 2/1<1/3", contents().get(6));
        reopen(3);
        assertEquals(8, contents().size());
        assertEquals(3, rollFiles());
    }

    private void die(final int requests, final long atMs) throws Exception {
        final Path reached = Path.of(directory + ".reached");
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(argument -> !argument.startsWith("-javaagent"))
            .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), UncleanWriter.class.getName(),
            directory.toString(), Integer.toString(requests), Long.toString(atMs), reached.toString()));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        try {
            Await.until("the process is in the middle of an append", () -> Files.exists(reached) || !process.isAlive());
            assertTrue(process.isAlive());
        } finally {
            process.destroyForcibly().waitFor();
            Files.deleteIfExists(reached);
        }
    }

    private List<String> contents() {
        return JournalContents.of(journal);
    }

    private void append(final long id, final int shardIndex) {
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, id, nowMs * 1_000, shardIndex);
        assertTrue(journal.append(request, GATEWAY_ID, System.nanoTime()) >= 0);
    }

    private void open(final long incarnation) throws IOException {
        journal = Journal.open(new Journal.Settings(directory, incarnation, 64L << 20, 0, () -> nowMs, errors::add));
    }

    private void reopen(final long incarnation) throws IOException {
        journal.close();
        open(incarnation);
    }

    private long rollFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).count();
        }
    }
}
