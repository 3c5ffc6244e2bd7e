package io.truenow.gateway.journal;

import io.truenow.format.batch.BatchView;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** All batches of a journal, as {@code shard acceptTime position<predecessor}; each document is left in its middle and read again. */
final class JournalContents {
    private JournalContents() {
    }

    static List<String> of(final Journal journal) {
        final List<String> contents = new ArrayList<>();
        try (JournalCursor cursor = journal.newCursor()) {
            while (cursor.next()) {
                cursor.nextBatch();
                cursor.stay();
                assertTrue(cursor.next());
                while (cursor.nextBatch()) {
                    final BatchView batch = new BatchView().wrap(cursor.buffer(), cursor.offset(), cursor.length());
                    assertTrue(batch.isValid());
                    contents.add(batch.shardId() + " " + batch.acceptTimeUs() + " " + batch.incarnation() + "/" + batch.sequence()
                        + "<" + batch.previousIncarnation() + "/" + batch.previousSequence());
                }
            }
        }
        return contents;
    }
}
