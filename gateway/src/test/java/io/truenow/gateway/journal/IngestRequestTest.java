package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

class IngestRequestTest {
    @Test
    void holdsAnyNumberOfBatchesAndForgetsThem() {
        final List<IngestRequest> completed = new ArrayList<>();
        final IngestRequest request = new IngestRequest();
        final UnsafeBuffer[] buffers = new UnsafeBuffer[40];
        for (int use = 0; use < 2; use++) {
            assertSame(request, request.reset(use == 0 ? AckLevel.JOURNALED : AckLevel.APPLIED, completed::add));
            assertSame(request, request.attachment("exchange"));
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = new UnsafeBuffer(new byte[100]);
                request.addBatch(buffers[i], i, 2 * i);
                request.position(i, 100 + i, 1_000L + i);
            }
            assertEquals(buffers.length, request.batchCount());
            assertEquals(39 * 40, request.lengthBytes());
            for (int i = 0; i < buffers.length; i++) {
                assertSame(buffers[i], request.batch(i));
                assertEquals(i, request.batchOffset(i));
                assertEquals(2 * i, request.batchLength(i));
                assertEquals(100 + i, request.shardId(i));
                assertEquals(1_000L + i, request.sequence(i));
            }
            request.journaled(7, 3);
            assertEquals(7, request.gatewayId());
            assertEquals(3, request.incarnation());
            assertEquals("exchange", request.attachment());
            assertEquals(use == 0 ? AckLevel.JOURNALED : AckLevel.APPLIED, request.ackLevel());
            request.complete(IngestOutcome.OK);
            assertEquals(IngestOutcome.OK, request.outcome());
            assertEquals(use + 1, completed.size());
        }
        request.reset(AckLevel.JOURNALED, completed::add);
        assertEquals(0, request.batchCount());
        assertEquals(0, request.lengthBytes());
        assertNull(request.attachment());
        assertNull(request.batch(0), "a buffer of the last use would be kept alive");
        assertNull(request.batch(39));
        assertEquals(IngestOutcome.PENDING, request.outcome());
        assertEquals(0, request.gatewayId());
        assertEquals(0, request.incarnation());
    }
}
