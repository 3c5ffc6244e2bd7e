package io.truenow.control.cluster;

import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import io.truenow.control.state.CatalogChange;
import io.truenow.control.state.CatalogStateMachine;
import io.truenow.control.state.SnapshotReader;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Feeds the log to the state machine and the state machine's replies to the clients. The service container's thread only. */
final class CatalogService implements ClusteredService {
    private static final Logger LOGGER = LoggerFactory.getLogger(CatalogService.class);
    private static final long TIMER_ID = 1;
    private static final int REPLY_ATTEMPTS = 3;
    private static final int FRAGMENT_LIMIT = 64;

    private final Consumer<CatalogChange> changes;
    private final MemberStatus status;
    private final CatalogStateMachine stateMachine;
    private final UnsafeBuffer replyBuffer = new UnsafeBuffer(0, 0);

    private Cluster cluster;
    private long timerUs = Long.MAX_VALUE;

    CatalogService(final Consumer<CatalogChange> changes, final MemberStatus status) {
        this.changes = changes;
        this.status = status;
        this.stateMachine = new CatalogStateMachine(changes);
    }

    @Override
    public void onStart(final Cluster newCluster, final Image snapshotImage) {
        cluster = newCluster;
        if (snapshotImage != null) {
            load(snapshotImage);
            if (stateMachine.isNamed()) {
                changes.accept(stateMachine.whole());
            }
        }
        status.onSnapshot(stateMachine.version());
    }

    @Override
    public void onSessionOpen(final ClientSession session, final long timestamp) {
        // commands carry their own client ids: a session is a way to answer, no more
    }

    @Override
    public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {
        // see onSessionOpen
    }

    @Override
    public void onSessionMessage(
        final ClientSession session,
        final long timestamp,
        final DirectBuffer buffer,
        final int offset,
        final int length,
        final Header header) {
        final byte[] reply = stateMachine.onCommand(buffer, offset, length, timestamp);
        status.onEntry(stateMachine.version());
        if (reply != null && session != null) {
            reply(session, reply);
        }
        scheduleTimer(timestamp);
    }

    @Override
    public void onTimerEvent(final long correlationId, final long timestamp) {
        timerUs = Long.MAX_VALUE;
        stateMachine.onTimer(timestamp);
        status.onEntry(stateMachine.version());
        scheduleTimer(timestamp);
    }

    @Override
    public void onTakeSnapshot(final ExclusivePublication snapshotPublication) {
        final IdleStrategy idleStrategy = cluster.idleStrategy();
        stateMachine.writeSnapshot((buffer, offset, lengthBytes) -> {
            idleStrategy.reset();
            long result = snapshotPublication.offer(buffer, offset, lengthBytes);
            while (result < 0) {
                if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED || result == Publication.NOT_CONNECTED) {
                    throw new IllegalStateException("the snapshot cannot be recorded");
                }
                idleStrategy.idle();
                result = snapshotPublication.offer(buffer, offset, lengthBytes);
            }
        });
        status.onSnapshot(stateMachine.version());
    }

    @Override
    public void onRoleChange(final Cluster.Role newRole) {
        status.onRole(newRole);
        LOGGER.info("control member {} is {}", cluster.memberId(), newRole);
    }

    @Override
    public void onNewLeadershipTermEvent(
        final long leadershipTermId,
        final long logPosition,
        final long timestamp,
        final long termBaseLogPosition,
        final int leaderMemberId,
        final int logSessionId,
        final TimeUnit timeUnit,
        final int appVersion) {
        // the log's session id is drawn at random by the leader's publication, and is the same in every replay
        stateMachine.onLeadershipTerm(timestamp, logSessionId ^ (leadershipTermId << Integer.SIZE));
        status.onEntry(stateMachine.version());
        status.onTerm(leadershipTermId, leaderMemberId);
        timerUs = Long.MAX_VALUE;
        scheduleTimer(timestamp);
    }

    @Override
    public void onTerminate(final Cluster terminatingCluster) {
        // nothing is held that must be released
    }

    private void load(final Image image) {
        final SnapshotReader reader = stateMachine.snapshotReader();
        final FragmentAssembler assembler =
            new FragmentAssembler((buffer, offset, length, header) -> reader.onMessage(buffer, offset, length));
        final IdleStrategy idleStrategy = cluster.idleStrategy();
        idleStrategy.reset();
        while (!reader.isDone()) {
            final int fragments = image.poll(assembler, FRAGMENT_LIMIT);
            if (fragments == 0 && (image.isClosed() || image.isEndOfStream())) {
                throw new IllegalStateException("the snapshot ends too early");
            }
            idleStrategy.idle(fragments);
        }
    }

    private void reply(final ClientSession session, final byte[] reply) {
        replyBuffer.wrap(reply);
        final IdleStrategy idleStrategy = cluster.idleStrategy();
        idleStrategy.reset();
        for (int attempt = 0; attempt < REPLY_ATTEMPTS; attempt++) {
            // on followers and in replay this is a no-op; a reply that does not get through is asked for again
            if (session.offer(replyBuffer, 0, reply.length) > 0) {
                return;
            }
            idleStrategy.idle();
        }
    }

    private void scheduleTimer(final long nowUs) {
        final long wantedUs = stateMachine.nextTimerUs(nowUs);
        if (wantedUs >= timerUs) {
            return;
        }
        final IdleStrategy idleStrategy = cluster.idleStrategy();
        idleStrategy.reset();
        while (!cluster.scheduleTimer(TIMER_ID, wantedUs)) {
            idleStrategy.idle();
        }
        timerUs = wantedUs;
    }
}
