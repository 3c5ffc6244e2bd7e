package io.truenow.hottier.seal;

import io.truenow.hottier.segment.MissingRanges;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * What of a shard must outlive a reboot and cannot be seen from its files: from when on rows are available, and which ranges lost rows. In
 * the shard's directory, made whole and then written in place, so that a full disk cannot keep it from being written once it is there.
 * Sealer agent, or the launching thread before agents run.
 *
 * <pre>
 *   two slots of 2 048 bytes, written in turn; the valid one of the greater generation holds. Little-endian:
 *   int64 magic, int64 generation, int32 shard id, int32 ranges, int64 available from, {int64 start, int64 end}*, .. int32 crc32c of it
 * </pre>
 */
public final class ShardStateFile {
    /** Its name in the shard's directory. */
    public static final String NAME = "state";
    /** Until both slots are on disk: a first write that a full disk or a crash cuts short must not look like damage. */
    static final String UNFINISHED_NAME = "state.tmp";

    private static final long MAGIC = 0x3130_5453_574e_5254L;
    private static final int SLOT_BYTES = 2_048;
    private static final int SLOTS = 2;
    private static final int CRC_AT = SLOT_BYTES - Integer.BYTES;
    private static final int RANGES_AT = 3 * Long.BYTES + 2 * Integer.BYTES;
    private static final int RANGE_BYTES = 2 * Long.BYTES;
    /** More are told as fewer and longer ones. */
    static final int MAX_RANGES = (CRC_AT - RANGES_AT) / RANGE_BYTES;

    private ShardStateFile() {
    }

    /**
     * What is kept.
     *
     * @param generation      of the slot that holds, 0 where there is no file.
     * @param availableFromUs Long.MIN_VALUE if nothing was let go.
     * @param missing         ranges whose rows were lost.
     */
    public record State(long generation, long availableFromUs, MissingRanges missing) {
    }

    /**
     * Reads what is kept; where there is nothing, all is available.
     *
     * @throws IOException if the file cannot be read, or neither slot is valid: what was let go is not known then.
     */
    public static State read(final Path shardDirectory, final int shardId) throws IOException {
        final Path file = shardDirectory.resolve(NAME);
        if (!Files.exists(file)) {
            return new State(0, Long.MIN_VALUE, MissingRanges.NONE);
        }
        final State newest = newest(file, shardId);
        if (newest == null) {
            throw new IOException("the state of shard " + shardId + " in " + file + " is damaged");
        }
        return newest;
    }

    /**
     * Sees to it that the file is there: from then on {@link #write} needs no more room on the disk.
     *
     * @throws IOException if it is not and there is no room.
     */
    public static void prepare(final Path shardDirectory, final int shardId) throws IOException {
        if (!Files.exists(shardDirectory.resolve(NAME))) {
            write(shardDirectory, shardId, Long.MIN_VALUE, MissingRanges.NONE);
        }
    }

    /**
     * Replaces what is kept, durably: after a crash it is this or what was there before. What is available never goes back: of a write
     * that is tried again after a later one nothing is kept.
     *
     * @throws IOException if that was not possible; what was there before holds.
     */
    public static void write(
        final Path shardDirectory, final int shardId, final long availableFromUs, final MissingRanges missing) throws IOException {
        final Path file = shardDirectory.resolve(NAME);
        final State before = newest(file, shardId);
        if (before == null) {
            make(shardDirectory, encode(1, shardId, availableFromUs, missing));
        } else if (before.availableFromUs <= availableFromUs) {
            final long generation = before.generation + 1;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                writeAt(channel, encode(generation, shardId, availableFromUs, missing), generation % SLOTS * SLOT_BYTES);
                channel.force(false);
            }
        }
    }

    /** Both slots, so that the disk's room for them is taken once and for all. */
    private static void make(final Path shardDirectory, final ByteBuffer slot) throws IOException {
        final Path unfinished = shardDirectory.resolve(UNFINISHED_NAME);
        try (FileChannel channel = FileChannel.open(
            unfinished, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            writeAt(channel, slot.duplicate(), 0);
            writeAt(channel, slot, SLOT_BYTES);
            channel.force(true);
        }
        Files.move(unfinished, shardDirectory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(shardDirectory, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** Null if there is no file or neither slot is valid. */
    private static State newest(final Path file, final int shardId) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        State newest = null;
        for (int slot = 0; slot < SLOTS; slot++) {
            final State state = decode(bytes, slot, shardId);
            if (state != null && (newest == null || state.generation > newest.generation)) {
                newest = state;
            }
        }
        return newest;
    }

    private static void writeAt(final FileChannel channel, final ByteBuffer bytes, final long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    private static ByteBuffer encode(final long generation, final int shardId, final long availableFromUs, final MissingRanges missing) {
        MissingRanges told = missing;
        while (told.size() > MAX_RANGES) {
            told = withNearestJoined(told);
        }
        final ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        slot.putLong(MAGIC).putLong(generation).putInt(shardId).putInt(told.size()).putLong(availableFromUs);
        for (int i = 0; i < told.size(); i++) {
            slot.putLong(told.startUs(i)).putLong(told.endUs(i));
        }
        slot.putInt(CRC_AT, crc(slot, 0)).clear();
        return slot;
    }

    private static MissingRanges withNearestJoined(final MissingRanges ranges) {
        int nearest = 0;
        for (int i = 1; i + 1 < ranges.size(); i++) {
            if (ranges.startUs(i + 1) - ranges.endUs(i) < ranges.startUs(nearest + 1) - ranges.endUs(nearest)) {
                nearest = i;
            }
        }
        return ranges.with(ranges.startUs(nearest), ranges.endUs(nearest + 1));
    }

    private static State decode(final ByteBuffer bytes, final int slot, final int shardId) {
        final int at = slot * SLOT_BYTES;
        if (bytes.capacity() < at + SLOT_BYTES || bytes.getLong(at) != MAGIC || bytes.getInt(at + CRC_AT) != crc(bytes, at)
            || bytes.getInt(at + 2 * Long.BYTES) != shardId) {
            return null;
        }
        MissingRanges missing = MissingRanges.NONE;
        final int count = bytes.getInt(at + 2 * Long.BYTES + Integer.BYTES);
        for (int i = 0; i < count; i++) {
            final int range = at + RANGES_AT + i * RANGE_BYTES;
            missing = missing.with(bytes.getLong(range), bytes.getLong(range + Long.BYTES));
        }
        return new State(bytes.getLong(at + Long.BYTES), bytes.getLong(at + 2 * Long.BYTES + 2 * Integer.BYTES), missing);
    }

    private static int crc(final ByteBuffer bytes, final int at) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes.slice(at, CRC_AT));
        return (int) crc.getValue();
    }
}
