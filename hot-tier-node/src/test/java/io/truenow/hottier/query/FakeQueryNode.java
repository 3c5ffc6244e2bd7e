package io.truenow.hottier.query;

import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.query.CancelQueryEncoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.hottier.link.PeerSender;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The query node that a query agent talks with: asks what a test says, remembers what is answered, reads only what it is told to. */
public final class FakeQueryNode implements QueryTransport, PeerSender {
    static final int ID = 7;

    private final ArrayDeque<DirectBuffer> unread = new ArrayDeque<>();
    private final List<Answer> answers = new ArrayList<>();
    private LongPredicate reads = correlationId -> true;
    private RuntimeException fault;

    /**
     * One message of an answer.
     *
     * @param missing ranges that lost rows, as {@code start-end}.
     * @param groups  the body, null if it is none.
     */
    public record Answer(long correlationId, PartialStatus status, List<String> missing, PartialBodyReader groups) {
        @Override
        public String toString() {
            return missing.isEmpty() ? status.toString() : status + " " + String.join(" ", missing);
        }
    }

    /** Asks, with the next poll. */
    public void ask(final DirectBuffer message) {
        unread.add(message);
    }

    /** Gives a query up, with the next poll. */
    void cancel(final long correlationId) {
        final CancelQueryEncoder cancel = new CancelQueryEncoder()
            .wrapAndApplyHeader(new UnsafeBuffer(new byte[64]), 0, new MessageHeaderEncoder());
        cancel.correlationId(correlationId).queryNodeId(ID).reserved(0);
        unread.add(new UnsafeBuffer(cancel.buffer(), 0, MessageHeaderEncoder.ENCODED_LENGTH + cancel.encodedLength()));
    }

    /** From now on takes only answers to these queries. */
    void readOnly(final LongPredicate newReads) {
        reads = newReads;
    }

    /** The next answer meets a fault of the publication. */
    void failOnce(final RuntimeException newFault) {
        fault = newFault;
    }

    /** All messages that came. */
    public List<Answer> answers() {
        return answers;
    }

    /** A catalog in which it is. */
    public static Catalog catalog() {
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new ServiceInstance(ID, ServiceKind.QUERY, 1, 1, "h", 1, 1, 0, ServiceState.ACTIVE, 1, 1, ServiceLease.NONE));
        return builder.build(1);
    }

    @Override
    public int nodeId() {
        return 1;
    }

    @Override
    public int poll(final FragmentHandler handler, final int fragmentLimit) {
        int count = 0;
        while (count < fragmentLimit && !unread.isEmpty()) {
            final DirectBuffer message = unread.poll();
            handler.onFragment(message, 0, message.capacity(), null);
            count++;
        }
        return count;
    }

    @Override
    public PeerSender sender(final int queryNodeId) {
        assertEquals(ID, queryNodeId);
        return this;
    }

    @Override
    public void target(final ServiceInstance newService) {
        assertEquals(ID, newService.id());
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        if (fault != null) {
            final RuntimeException thrown = fault;
            fault = null;
            throw thrown;
        }
        final PartialResultDecoder result = new PartialResultDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        if (!reads.test(result.correlationId())) {
            return false;
        }
        result.vector().forEachRemaining(_ -> {
        });
        final List<String> missing = new ArrayList<>();
        for (final PartialResultDecoder.MissingDecoder range : result.missing()) {
            missing.add(range.startUs() + "-" + range.endUs());
        }
        final byte[] body = new byte[result.bodyLength()];
        result.getBody(body, 0, body.length);
        final PartialBodyReader groups = new PartialBodyReader();
        final boolean isBody = groups.wrap(new UnsafeBuffer(body), 0, body.length, result.groupCount(), result.dimensionCount(),
            result.metricCount(), result.sketchCount());
        answers.add(new Answer(result.correlationId(), result.status(), missing, isBody ? groups : null));
        return true;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
