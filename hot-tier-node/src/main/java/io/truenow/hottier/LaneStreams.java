package io.truenow.hottier;

import io.aeron.ControlledFragmentAssembler;
import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.StreamKind;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.hottier.lane.LaneTransport;
import io.truenow.hottier.link.AeronSender;
import io.truenow.hottier.link.PeerSender;
import io.truenow.hottier.query.QueryTransport;

import java.util.concurrent.atomic.AtomicLong;

/** A lane's and its query agent's streams over Aeron. Opened by the node's agent, since adding a subscription waits for the driver. */
final class LaneStreams {
    private LaneStreams() {
    }

    static LaneTransport ingest(final ServiceEnvironment environment, final Inbox inbox, final int nodeId, final int lane) {
        final AtomicLong imagesSeen = new AtomicLong();
        final InboxSubscription subscription =
            inbox.subscribe(StreamIds.ingest(nodeId, lane), image -> imagesSeen.incrementAndGet(), null);
        return new Ingest(environment, subscription, imagesSeen, nodeId);
    }

    static QueryTransport query(final ServiceEnvironment environment, final Inbox inbox, final int nodeId, final int lane) {
        return new Query(environment, inbox.subscribe(StreamIds.query(nodeId, lane)), nodeId);
    }

    private static final class Ingest implements LaneTransport {
        private final ServiceEnvironment environment;
        private final InboxSubscription subscription;
        /** Counted on the Aeron client's conductor thread. */
        private final AtomicLong imagesSeen;
        private final int nodeId;
        private ControlledFragmentHandler handler;
        private ControlledFragmentAssembler assembler;

        Ingest(
            final ServiceEnvironment environment, final InboxSubscription subscription, final AtomicLong imagesSeen, final int nodeId) {
            this.environment = environment;
            this.subscription = subscription;
            this.imagesSeen = imagesSeen;
            this.nodeId = nodeId;
        }

        @Override
        public int nodeId() {
            return nodeId;
        }

        @Override
        public int poll(final ControlledFragmentHandler newHandler, final int fragmentLimit) {
            if (handler != newHandler) {
                handler = newHandler;
                assembler = new ControlledFragmentAssembler(newHandler);
            }
            return subscription.controlledPoll(assembler, fragmentLimit);
        }

        @Override
        public long imagesSeen() {
            return imagesSeen.get();
        }

        @Override
        public PeerSender sender(final int gatewayId) {
            return new AeronSender(environment.aeron(), environment.channels(), StreamIds.gatewayInbox(gatewayId),
                environment.scheduler().doorbell(StreamKind.GATEWAY_INBOX), environment.errors());
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    private static final class Query implements QueryTransport {
        private final ServiceEnvironment environment;
        private final InboxSubscription subscription;
        private final int nodeId;
        private FragmentHandler handler;
        private FragmentAssembler assembler;

        Query(final ServiceEnvironment environment, final InboxSubscription subscription, final int nodeId) {
            this.environment = environment;
            this.subscription = subscription;
            this.nodeId = nodeId;
        }

        @Override
        public int nodeId() {
            return nodeId;
        }

        @Override
        public int poll(final FragmentHandler newHandler, final int fragmentLimit) {
            if (handler != newHandler) {
                handler = newHandler;
                assembler = new FragmentAssembler(newHandler);
            }
            return subscription.poll(assembler, fragmentLimit);
        }

        @Override
        public PeerSender sender(final int queryNodeId) {
            return new AeronSender(environment.aeron(), environment.channels(), StreamIds.queryInbox(queryNodeId),
                environment.scheduler().doorbell(StreamKind.QUERY_INBOX), environment.errors());
        }

        @Override
        public void close() {
            subscription.close();
        }
    }
}
