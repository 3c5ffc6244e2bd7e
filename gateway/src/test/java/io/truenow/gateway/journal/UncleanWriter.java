package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A process to be killed in the middle of an append. Arguments: directory, requests to complete before, time in ms, file to create when
 * there.
 */
final class UncleanWriter {
    private UncleanWriter() {
    }

    public static void main(final String[] args) throws Exception {
        final Path directory = Path.of(args[0]);
        final int requests = Integer.parseInt(args[1]);
        final long nowMs = Long.parseLong(args[2]);
        final Journal journal = Journal.open(new Journal.Settings(directory, 1, 64L << 20, 0, () -> nowMs, error -> {
            throw new IllegalStateException(error);
        }));
        for (int i = 0; i < requests; i++) {
            final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, i, nowMs * 1_000, 0, 1);
            if (journal.append(request, 7, System.nanoTime()) < 0) {
                throw new IllegalStateException("append failed");
            }
        }
        final SingleChronicleQueue queue = SingleChronicleQueueBuilder.binary(directory)
            .rollCycle(RollCycles.TEN_MINUTELY).blockSize(64L << 20).timeProvider(() -> nowMs).build();
        final DocumentContext unfinished = queue.createAppender().writingDocument();
        for (int i = 0; i < 1_000; i++) {
            unfinished.wire().bytes().writeLong(0x014a4e54L);
        }
        Files.createFile(Path.of(args[3]));
        while (true) {
            LockSupport.park();
        }
    }
}
