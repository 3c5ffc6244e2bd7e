package io.truenow.control.publication;

import io.aeron.Aeron;
import io.truenow.codecs.control.CatalogUpdateEncoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.UpdateKind;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import org.agrona.ExpandableArrayBuffer;

import java.util.List;

/**
 * One view: where it stands and what it is sent next. An offer that does not go through is repeated in a later duty cycle. The
 * publication's thread only.
 */
final class CatalogSubscriber implements AutoCloseable {
    private static final int MAX_MESSAGES = 8;
    private static final long HEARTBEAT_INTERVAL_NS = 250_000_000L;
    private static final byte[] NOTHING = new byte[0];

    private final long subscriberId;
    private final PeerPublication publication;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final CatalogUpdateEncoder encoder = new CatalogUpdateEncoder();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);
    private long heardNs;
    private long sentNs;
    /** Version that the view has been brought to; -1: it needs a snapshot. */
    private long version;
    // a snapshot or a large change under way
    private List<byte[]> parts;
    private int nextPart;
    private long partsBase;
    private long partsVersion;

    CatalogSubscriber(
        final long subscriberId, final Aeron aeron, final String channel, final int streamId, final long heldVersion, final long nowNs) {
        this.subscriberId = subscriberId;
        this.publication = new PeerPublication(aeron, channel, streamId, Doorbell.NONE);
        this.version = heldVersion;
        this.heardNs = nowNs;
        this.sentNs = nowNs - HEARTBEAT_INTERVAL_NS;
    }

    void onSignOfLife(final long nowNs) {
        heardNs = nowNs;
    }

    boolean isSilent(final long nowNs, final long timeoutNs) {
        // a channel that makes no sense, or a driver short of room: the view asks again
        return publication.isLost() || nowNs - heardNs > timeoutNs;
    }

    int send(final CatalogMirror mirror, final long nowNs) {
        int sent = 0;
        while (sent < MAX_MESSAGES && sendNext(mirror, nowNs)) {
            sent++;
        }
        if (sent > 0) {
            sentNs = nowNs;
        }
        return sent;
    }

    @Override
    public void close() {
        publication.close();
    }

    private boolean sendNext(final CatalogMirror mirror, final long nowNs) {
        if (parts != null) {
            return sendPart(mirror);
        }
        if (version == mirror.version()) {
            return nowNs - sentNs >= HEARTBEAT_INTERVAL_NS
                && offer(mirror, UpdateKind.HEARTBEAT, version, version, NOTHING) && markSent(nowNs);
        }
        final MirroredChange change = version < 0 ? null : mirror.changeAfter(version);
        if (change == null) {
            if (!offer(mirror, UpdateKind.SNAPSHOT_BEGIN, -1, mirror.version(), NOTHING)) {
                return false;
            }
            begin(mirror.snapshotParts(), -1, mirror.version());
            return true;
        }
        if (change.parts().size() > 1) {
            begin(change.parts(), change.baseVersion(), change.version());
            return sendPart(mirror);
        }
        if (offer(mirror, UpdateKind.DELTA, change.baseVersion(), change.version(), change.parts().getFirst())) {
            version = change.version();
            return true;
        }
        return false;
    }

    private void begin(final List<byte[]> newParts, final long baseVersion, final long newVersion) {
        parts = newParts;
        nextPart = 0;
        partsBase = baseVersion;
        partsVersion = newVersion;
    }

    private boolean markSent(final long nowNs) {
        sentNs = nowNs;
        return true;
    }

    private boolean sendPart(final CatalogMirror mirror) {
        final boolean isSnapshot = partsBase < 0;
        if (nextPart < parts.size()) {
            final UpdateKind kind = isSnapshot ? UpdateKind.SNAPSHOT_PART : UpdateKind.DELTA_PART;
            final boolean isSent = offer(mirror, kind, partsBase, partsVersion, parts.get(nextPart));
            nextPart += isSent ? 1 : 0;
            return isSent;
        }
        if (offer(mirror, isSnapshot ? UpdateKind.SNAPSHOT_END : UpdateKind.DELTA_END, partsBase, partsVersion, NOTHING)) {
            parts = null;
            version = partsVersion;
            return true;
        }
        return false;
    }

    private boolean offer(
        final CatalogMirror mirror, final UpdateKind kind, final long baseVersion, final long newVersion, final byte[] records) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .subscriberId(subscriberId)
            .catalogIdHigh(mirror.catalogIdHigh())
            .catalogIdLow(mirror.catalogIdLow())
            .baseVersion(baseVersion)
            .version(newVersion)
            .kind(kind)
            .putRecords(records, 0, records.length);
        return publication.offer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength()) == Sent.YES;
    }
}
