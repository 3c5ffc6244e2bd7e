package io.truenow.engine.store.shard;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.position.Position;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A shard's vector at some moment: for each gateway the position that it had reached. Never changes, so any thread may keep it. In memory
 * each position takes {@code int64 gateway, int64 incarnation, int64 sequence}.
 */
public final class ShardVector {
    /** Nothing was applied. */
    public static final ShardVector EMPTY = new ShardVector(new int[0], new long[0], new long[0], 0);

    /** Length of a gateway's position in memory: {@code int64} gateway id, incarnation, shard sequence. */
    public static final int ENTRY_BYTES = 24;
    /** Offset of the incarnation in it. */
    public static final int INCARNATION_OFFSET = 8;
    /** Offset of the shard sequence in it. */
    public static final int SEQUENCE_OFFSET = 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final int[] gatewayIds;
    private final long[] incarnations;
    private final long[] sequences;

    /** A copy of the first entries of these arrays. */
    public ShardVector(final int[] gatewayIds, final long[] incarnations, final long[] sequences, final int count) {
        this.gatewayIds = Arrays.copyOf(gatewayIds, count);
        this.incarnations = Arrays.copyOf(incarnations, count);
        this.sequences = Arrays.copyOf(sequences, count);
    }

    /** What lies at an address, but for gateways whose position is 0: of them nothing was applied. */
    public static ShardVector read(final long address, final int count) {
        final int[] ids = new int[count];
        final long[] incarnationById = new long[count];
        final long[] sequenceById = new long[count];
        int known = 0;
        for (int i = 0; i < count; i++) {
            final long at = address + (long) i * ENTRY_BYTES;
            ids[known] = (int) MEMORY.get(LONG, at);
            incarnationById[known] = MEMORY.get(LONG, at + INCARNATION_OFFSET);
            sequenceById[known] = MEMORY.get(LONG, at + SEQUENCE_OFFSET);
            known += incarnationById[known] == 0 && sequenceById[known] == 0 ? 0 : 1;
        }
        return new ShardVector(ids, incarnationById, sequenceById, known);
    }

    /** Writes a gateway's position to an address. */
    public static void writeEntry(final long at, final int gatewayId, final long incarnation, final long sequence) {
        MEMORY.set(LONG, at, gatewayId);
        MEMORY.set(LONG, at + INCARNATION_OFFSET, incarnation);
        MEMORY.set(LONG, at + SEQUENCE_OFFSET, sequence);
    }

    /** Writes all positions to consecutive entries from an address on. */
    public void write(final long address) {
        for (int i = 0; i < gatewayIds.length; i++) {
            writeEntry(address + (long) i * ENTRY_BYTES, gatewayIds[i], incarnations[i], sequences[i]);
        }
    }

    /** Gateways in it. */
    public int size() {
        return gatewayIds.length;
    }

    /** Catalog id of a gateway. */
    public int gatewayId(final int index) {
        return gatewayIds[index];
    }

    /** Incarnation of a gateway's position. */
    public long incarnation(final int index) {
        return incarnations[index];
    }

    /** Sequence of a gateway's position. */
    public long sequence(final int index) {
        return sequences[index];
    }

    /** The index of a gateway, or -1. */
    public int indexOf(final int gatewayId) {
        for (int i = 0; i < gatewayIds.length; i++) {
            if (gatewayIds[i] == gatewayId) {
                return i;
            }
        }
        return -1;
    }

    /** Whether it has reached every position of the other. A shard's vectors of one life are all ordered by this. */
    public boolean reaches(final ShardVector other) {
        for (int i = 0; i < other.size(); i++) {
            final int at = indexOf(other.gatewayIds[i]);
            if (at < 0 || !Position.reached(incarnations[at], sequences[at], other.incarnations[i], other.sequences[i])) {
                return false;
            }
        }
        return true;
    }

    /** The greater position of each gateway. */
    public ShardVector joined(final ShardVector other) {
        final int[] ids = Arrays.copyOf(gatewayIds, size() + other.size());
        final long[] incarnationById = Arrays.copyOf(incarnations, ids.length);
        final long[] sequenceById = Arrays.copyOf(sequences, ids.length);
        int count = size();
        for (int i = 0; i < other.size(); i++) {
            final int known = indexOf(other.gatewayIds[i]);
            if (known >= 0 && Position.reached(incarnations[known], sequences[known], other.incarnations[i], other.sequences[i])) {
                continue;
            }
            final int at = known >= 0 ? known : count++;
            ids[at] = other.gatewayIds[i];
            incarnationById[at] = other.incarnations[i];
            sequenceById[at] = other.sequences[i];
        }
        return new ShardVector(ids, incarnationById, sequenceById, count);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof ShardVector vector && vector.size() == size() && vector.reaches(this) && reaches(vector);
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (int i = 0; i < gatewayIds.length; i++) {
            hash += 31 * (31 * gatewayIds[i] + Long.hashCode(incarnations[i])) + Long.hashCode(sequences[i]);
        }
        return hash;
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < gatewayIds.length; i++) {
            text.append(i == 0 ? "" : ", ").append(gatewayIds[i]).append(':').append(incarnations[i]).append('/').append(sequences[i]);
        }
        return text.append(']').toString();
    }
}
