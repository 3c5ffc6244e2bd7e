package io.truenow.hottier.lane;

import io.truenow.codecs.ingest.AppliedEncoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeEncoder;
import io.truenow.hottier.link.PeerSender;
import org.agrona.ExpandableArrayBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * What the lane sends one gateway: Resume for the flows that want one, Applied for those that moved, or whose shard keeps less or more now.
 * Nothing is lost under back pressure: each flow keeps its wish until a message with it was taken. Belongs to the lane.
 */
final class GatewayLink {
    /** Shards in one message: some 40 KB, well below what one message can be. */
    private static final int MAX_SHARDS = 1_000;
    /** Gateways that say nothing for so long, while a flow waits for them, are asked again. */
    private static final long SILENCE_NS = 5_000_000_000L;

    final int gatewayId;
    final List<Flow> flows = new ArrayList<>();
    private final PeerSender sender;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ResumeEncoder resume = new ResumeEncoder();
    private final AppliedEncoder applied = new AppliedEncoder();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1_024);
    private final List<Flow> dirty = new ArrayList<>();
    private final RepeatList repeats = new RepeatList();
    private final List<Flow> listed = new ArrayList<>();
    private boolean connectAsked;
    private boolean resumeWanted;
    private long lastHeardNs;

    GatewayLink(final int gatewayId, final PeerSender sender, final long nowNs) {
        this.gatewayId = gatewayId;
        this.sender = sender;
        this.lastHeardNs = nowNs;
    }

    PeerSender sender() {
        return sender;
    }

    /** The gateway asked for a Resume of all shards; if there are none it hears that. */
    void onConnect(final long nowNs) {
        connectAsked = true;
        wantResumes(nowNs, 0);
    }

    void wantResumes(final long atNs, final long intervalNs) {
        for (int i = 0; i < flows.size(); i++) {
            flows.get(i).wantResume(atNs, intervalNs);
        }
        resumeWanted = true;
    }

    void onHeard(final long nowNs) {
        lastHeardNs = nowNs;
    }

    void wantResume(final Flow flow, final long atNs, final long intervalNs) {
        flow.wantResume(atNs, intervalNs);
        resumeWanted = true;
    }

    void onMoved(final Flow flow) {
        if (!flow.appliedDirty) {
            flow.appliedDirty = true;
            dirty.add(flow);
        }
    }

    /** Events of a batch that was applied were there. */
    void onRepeated(final Flow flow, final int events) {
        repeats.add(flow.shard.shardId(), events, flow.incarnation, flow.sequence);
    }

    void remove(final Flow flow) {
        flows.remove(flow);
        dirty.remove(flow);
    }

    /** Asks again where a flow waits and nothing has come. */
    void checkSilence(final long nowNs) {
        if (nowNs - lastHeardNs > SILENCE_NS) {
            lastHeardNs = nowNs;
            for (int i = 0; i < flows.size(); i++) {
                if (!flows.get(i).isInSync()) {
                    wantResume(flows.get(i), nowNs, SILENCE_NS);
                }
            }
        }
    }

    /** Sends what is due; returns messages sent. */
    int flush(final LaneState lane, final long nowNs) {
        int sent = 0;
        if (resumeWanted && sender.isConnected()) {
            sent += flushResume(lane, nowNs);
        }
        if (!dirty.isEmpty()) {
            sent += flushApplied(lane);
        }
        return sent;
    }

    private int flushResume(final LaneState lane, final long nowNs) {
        listed.clear();
        boolean more = false;
        for (int i = 0; i < flows.size(); i++) {
            final Flow flow = flows.get(i);
            // where a shard stands is an acknowledgement too
            if (flow.isResumeDue(nowNs) && flow.shard.role().acknowledges() && listed.size() < MAX_SHARDS) {
                listed.add(flow);
            } else {
                more |= flow.isResumeWanted();
            }
        }
        if (listed.isEmpty() && !connectAsked) {
            resumeWanted = more;
            return 0;
        }
        final long resumeId = lane.nextResumeId();
        resume.wrapAndApplyHeader(buffer, 0, header)
            .nodeId(lane.nodeId()).lane(lane.lane()).nodeIncarnation(lane.incarnation()).resumeId(resumeId);
        final ResumeEncoder.ShardsEncoder shards = resume.shardsCount(listed.size());
        for (int i = 0; i < listed.size(); i++) {
            final Flow flow = listed.get(i);
            shards.next().shardId(flow.shard.shardId()).reserved(0).epoch(flow.shard.epoch())
                .incarnation(flow.incarnation).sequence(flow.sequence).keptFromUs(flow.shard.keptFromUs());
        }
        if (!sender.offer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + resume.encodedLength())) {
            return 0;
        }
        lane.counters().resumes().incrementRelease();
        for (int i = 0; i < listed.size(); i++) {
            listed.get(i).onResumeSent(resumeId, nowNs);
        }
        connectAsked = false;
        resumeWanted = more;
        return 1;
    }

    /** They are told when the lane may acknowledge for their shard again. */
    private void dropFenced() {
        for (int i = dirty.size() - 1; i >= 0; i--) {
            if (!dirty.get(i).shard.role().acknowledges()) {
                dirty.remove(i).appliedDirty = false;
            }
        }
    }

    private int flushApplied(final LaneState lane) {
        dropFenced();
        if (dirty.isEmpty()) {
            return 0;
        }
        // what was repeated goes before, or with, what says that it was applied
        final int repeatCount = Math.min(repeats.count(), MAX_SHARDS);
        final int count = repeatCount < repeats.count() ? 0 : Math.min(dirty.size(), MAX_SHARDS);
        applied.wrapAndApplyHeader(buffer, 0, header)
            .nodeId(lane.nodeId()).lane(lane.lane()).nodeIncarnation(lane.incarnation());
        final AppliedEncoder.ShardsEncoder shards = applied.shardsCount(count);
        for (int i = 0; i < count; i++) {
            final Flow flow = dirty.get(i);
            shards.next().shardId(flow.shard.shardId()).reserved(0).epoch(flow.shard.epoch())
                .incarnation(flow.incarnation).sequence(flow.sequence).keptFromUs(flow.shard.keptFromUs());
        }
        repeats.encode(applied.repeatsCount(repeatCount), repeatCount);
        if (!sender.offer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + applied.encodedLength())) {
            return 0;
        }
        repeats.removeFirst(repeatCount);
        for (int i = 0; i < count; i++) {
            dirty.get(i).appliedDirty = false;
        }
        if (count == dirty.size()) {
            dirty.clear();
        } else {
            dirty.subList(0, count).clear();
        }
        return 1;
    }
}
