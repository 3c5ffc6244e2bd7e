package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Table;
import io.truenow.hottier.shard.ShardOwnership;
import io.truenow.hottier.shard.ShardRole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A shard that the lane owns: its placement, its flows, its rows. Belongs to the lane. */
final class LaneShard {
    private static final Logger LOGGER = LoggerFactory.getLogger(LaneShard.class);

    final ShardStore store;
    final List<Flow> flows = new ArrayList<>();
    /** As of the last round. */
    final SegmentCensus census = new SegmentCensus();
    private Table table;
    private long epoch;
    private long keptFromUs = Long.MIN_VALUE;
    private long availableFromUs = Long.MIN_VALUE;
    private ShardOwnership ownership = ShardOwnership.NONE;
    private ShardRole role = ShardRole.JOINING;
    private boolean isLeaseHeld;
    private boolean isWhole;
    private boolean hasSettled;
    private boolean hasRecovered;
    private boolean hasKeptFromMoved;
    private long restingSince = -1;

    /** A shard whose store may hold what an earlier life of the node left. */
    LaneShard(final ShardStore store) {
        this.store = store;
        this.keptFromUs = store.availableFromUs();
        this.availableFromUs = store.availableFromUs();
    }

    int shardId() {
        return store.shardId();
    }

    long epoch() {
        return epoch;
    }

    Table table() {
        return table;
    }

    /** As decided last. */
    ShardRole role() {
        return role;
    }

    ShardOwnership ownership() {
        return ownership;
    }

    /** Spans that begin before this are let go. */
    long keptFromUs() {
        return keptFromUs;
    }

    /** The table as the catalog has it now. */
    void onTable(final Table newTable) {
        table = newTable;
    }

    /** The catalog says who owns it. True if the epoch is another; it stays what it was where the lane is named no more. */
    boolean onOwnership(final ShardOwnership newOwnership, final long newEpoch) {
        ownership = newOwnership;
        final boolean changed = ownership.isNamed() && epoch != newEpoch;
        epoch = changed ? newEpoch : epoch;
        return changed;
    }

    /** Whether control takes the node for alive. */
    void onLease(final boolean newIsLeaseHeld) {
        isLeaseHeld = newIsLeaseHeld;
    }

    /** The lane is an owner anew: what gateways sent to others meanwhile it lacks. */
    void onNamedAgain() {
        isWhole = false;
    }

    /**
     * Moves what is kept with time. Where the table is so young that no accepted event can be older than what is kept, everything is
     * available; a table that says it was created later than now says nothing.
     *
     * @param ageUs the time by which rows grow old.
     */
    void onTime(final long ageUs) {
        final long byAgeUs = Spans.keptFromUs(ageUs, table.retentionUs());
        if (keptFromUs > ageUs + Spans.AHEAD_US) {
            recover(byAgeUs, ageUs);
        }
        moveKeptFrom(Math.max(keptFromUs, byAgeUs));
        if (table.createdUs() - table.retentionUs() < keptFromUs || table.createdUs() > ageUs + Spans.SPAN_US) {
            availableFromUs = Math.max(availableFromUs, keptFromUs);
        }
    }

    /**
     * Rows before a time go, whatever their age. Where that is ahead of the clock, as the shard has rows that were accepted by a clock
     * which was ahead, what comes now must not be taken for older than what is kept: the last span that goes is told missing instead.
     * Where what is kept is there already, that is done: if it goes back, {@link #recover} has to know until when rows went. That is told
     * by the latest row, not by its span's end: of the span of now what comes next must not count as lost, and all that came does.
     */
    void letGoBefore(final long fromUs, final long ageUs) {
        int count = 0;
        while (count < store.spanCount() && store.spanAt(count).startUs() < fromUs) {
            count++;
        }
        final long untilUs = count == 0 ? Long.MIN_VALUE : store.spanAt(count - 1).endUs();
        if (fromUs > ageUs && fromUs > keptFromUs) {
            if (untilUs > fromUs - Spans.SPAN_US) {
                store.publishMissing(store.missing().with(fromUs - Spans.SPAN_US, untilUs));
            }
        } else {
            store.letGoUntil(untilUs);
            moveKeptFrom(Math.max(keptFromUs, fromUs));
            availableFromUs = Math.max(availableFromUs, fromUs);
        }
    }

    /** What is missing of what is not kept any more is let go like rows: should what is kept go back, it is missing again. */
    void letGoMissing() {
        final MissingRanges before = store.missing();
        final MissingRanges left = before.after(keptFromUs);
        final int gone = before.size() - left.size();
        if (gone > 0) {
            store.letGoUntil(before.endUs(gone - 1));
            store.publishMissing(left);
        }
    }

    /**
     * Rows of a batch before a time were not taken, since they had grown old on the way.
     *
     * @param untilUs they were all earlier than this.
     */
    void onExpired(final long fromUs, final long untilUs) {
        store.letGoUntil(untilUs);
        availableFromUs = Math.max(availableFromUs, fromUs);
    }

    /** True once after it moved. */
    boolean takeKeptFromMoved() {
        final boolean moved = hasKeptFromMoved;
        hasKeptFromMoved = false;
        return moved;
    }

    /** True once after what was available only in the future is available again. */
    boolean takeRecovered() {
        final boolean recovered = hasRecovered;
        hasRecovered = false;
        return recovered;
    }

    /**
     * What is kept begins ahead of the clock: the clock was ahead when it got there, and no row of now would be taken. It goes back to
     * where it is by age; rows that were let go meanwhile are told missing.
     */
    private void recover(final long byAgeUs, final long ageUs) {
        final long untilUs = store.letGoUntilUs();
        final boolean isLoss = availableFromUs != Long.MIN_VALUE && untilUs > byAgeUs;
        if (availableFromUs != Long.MIN_VALUE) {
            LOGGER.atLevel(isLoss ? Level.WARN : Level.INFO).log(
                "shard {} of table {}.{} kept rows from {} on, ahead of the clock, which was wrong then; it keeps them from {} on again{}",
                shardId(), table.namespace(), table.name(), time(keptFromUs), time(byAgeUs),
                isLoss ? ", but has lost those before " + time(untilUs) : ", and has lost none");
            availableFromUs = byAgeUs;
            hasRecovered = true;
        }
        if (isLoss) {
            store.publishMissing(store.missing().with(byAgeUs, untilUs));
        }
        moveKeptFrom(byAgeUs);
    }

    private void moveKeptFrom(final long fromUs) {
        hasKeptFromMoved |= fromUs != keptFromUs;
        keptFromUs = fromUs;
    }

    private static Instant time(final long us) {
        return Instant.ofEpochMilli(Math.floorDiv(us, 1_000));
    }

    /** True once, if there were doubts whether rows are missing, and by now there are none: what was found is to be kept. */
    boolean takeSettled() {
        final boolean settled = hasSettled;
        hasSettled = false;
        return settled;
    }

    /** With nothing to be done for its segments before they change again. */
    void rest() {
        restingSince = store.changes();
    }

    /** The changes of the store when it came to rest, -1 if never. */
    long restingSince() {
        return restingSince;
    }

    /** Decides what the lane is for the shard, and publishes it. */
    void publish() {
        boolean isAsked = true;
        boolean isInSync = true;
        for (int i = 0; i < flows.size(); i++) {
            isAsked &= flows.get(i).isAsked();
            isInSync &= flows.get(i).isInSync();
        }
        if (isInSync && !isWhole) {
            hasSettled |= store.settleDoubts();
        }
        // once whole it stays so for as long as the lane is an owner: what comes later is told by positions
        isWhole |= isInSync;
        final ShardRole newRole = ShardRole.of(ownership, isLeaseHeld, isAsked, isWhole);
        if (newRole != role && (newRole == ShardRole.FENCED || role == ShardRole.FENCED)) {
            LOGGER.warn("shard {} of table {}.{} is {} now, {} before", shardId(), table.namespace(), table.name(), newRole, role);
        }
        role = newRole;
        store.publishState(epoch, role.answers(), availableFromUs);
    }

    Flow flow(final int gatewayId) {
        for (int i = 0; i < flows.size(); i++) {
            if (flows.get(i).gatewayId == gatewayId) {
                return flows.get(i);
            }
        }
        return null;
    }
}
