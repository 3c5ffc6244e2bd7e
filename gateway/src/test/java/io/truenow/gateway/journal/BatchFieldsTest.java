package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;

class BatchFieldsTest {
    @Test
    void areThoseOfTheBatch() {
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, 3, 1L << 50, 1);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[request.batchLength(0) + 24]);
        buffer.putBytes(24, request.batch(0), request.batchOffset(0), request.batchLength(0));
        BatchPosition.assign(buffer, 24, 7, 1L << 40, 1L << 41, 1L << 42, 1L << 43);
        final BatchView view = new BatchView().wrap(buffer, 24, request.batchLength(0));
        assertEquals(7, BatchFields.gatewayId(buffer, 24));
        assertEquals(view.shardId(), BatchFields.shardId(buffer, 24));
        assertEquals(1L << 40, BatchFields.incarnation(buffer, 24));
        assertEquals(1L << 41, BatchFields.sequence(buffer, 24));
        assertEquals(1L << 42, BatchFields.previousIncarnation(buffer, 24));
        assertEquals(1L << 43, BatchFields.previousSequence(buffer, 24));
        assertEquals(1L << 50, BatchFields.minEventTimeUs(buffer, 24));
        assertEquals((1L << 50) + 2, BatchFields.maxEventTimeUs(buffer, 24));
        assertEquals(Batches.TABLE_ID, BatchFields.tableId(buffer, 24));
        assertEquals(3, BatchFields.rowCount(buffer, 24));
    }

    @ParameterizedTest
    @EnumSource(IngestOutcome.class)
    void journaledIsWhatIsAcknowledgedAsSuch(final IngestOutcome outcome) {
        assertEquals(Set.of(IngestOutcome.OK, IngestOutcome.NOT_APPLIED_IN_TIME).contains(outcome), outcome.isJournaled());
    }
}
