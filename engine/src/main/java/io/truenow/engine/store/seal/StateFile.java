package io.truenow.engine.store.seal;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * What is kept on disk of a lane's shards beside their segment files. Two copies, each written in place and on disk before the other is
 * touched: damage to one loses nothing, and a full disk cannot prevent what there is room for, which is an entry for every shard that has
 * files. Sealer agent, or the launching thread before agents run.
 *
 * <pre>
 *   int64 magic, int64 generation, int64 uid, int64 catalog id high, int64 low, int32 length, int32 entries
 *   entry: int32 shard, int32 table, int64 available from, int64 let go until, int32 ranges, int32 doubts, then int64 start, end of each
 *   range and int64 start of the span, rows of each doubt
 *   int32 crc32c of all before; then zeros. Little-endian
 * </pre>
 * Of the former version, 02, which is read as well, entries do not say until when rows were let go.
 */
public final class StateFile {
    private static final String NAME = "state.";
    private static final int COPIES = 2;
    private static final long MAGIC = 0x3330_5453_574e_5254L;
    private static final long FORMER_MAGIC = 0x3230_5453_574e_5254L;
    private static final int LENGTH_AT = 5 * Long.BYTES;
    private static final int HEADER_BYTES = LENGTH_AT + 2 * Integer.BYTES;
    private static final int ENTRY_BYTES = 2 * Long.BYTES + 4 * Integer.BYTES;
    private static final int RANGE_BYTES = 2 * Long.BYTES;
    private static final int GROWTH_BYTES = 1 << 16;
    /** Of a shard; more are told as fewer and longer ones. */
    static final int MAX_RANGES = 126;

    private final SegmentFiles files;
    private final Path directory;
    private final long[] lengths = new long[COPIES];
    /** The copy that holds if the other is damaged. */
    private int newest;
    private long generation;
    private long uid = Long.MIN_VALUE;
    private long catalogIdHigh;
    private long catalogIdLow;
    private Int2ObjectHashMap<ShardState> entries = new Int2ObjectHashMap<>();
    /** Shards that have room for an entry and none. */
    private final IntHashSet reserved = new IntHashSet();
    private boolean isDirty;

    private StateFile(final SegmentFiles files, final Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /**
     * Reads what is kept in a lane's directory; where there is nothing, all is available.
     *
     * @throws IOException if it cannot be read, no copy is valid, or they are of another version: what was let go is not known then.
     */
    public static StateFile open(final SegmentFiles files, final Path laneDirectory) throws IOException {
        final StateFile state = new StateFile(files, laneDirectory);
        state.read();
        return state;
    }

    /** Greatest uid that a segment of the lane had when this was written, Long.MIN_VALUE if it never was. */
    public long uid() {
        return uid;
    }

    /** Upper half of the id of the catalog to which all that is kept belongs. */
    public long catalogIdHigh() {
        return catalogIdHigh;
    }

    /** Lower half. */
    public long catalogIdLow() {
        return catalogIdLow;
    }

    /** What is kept, a shard each. */
    public Collection<ShardState> all() {
        return new ArrayList<>(entries.values());
    }

    /** What is kept of a shard, or null if there is nothing to say. */
    public ShardState of(final int shardId) {
        return entries.get(shardId);
    }

    /**
     * Keeps states, durably, in place of what was kept of the same shards; of a shard with nothing to say room is kept. What belongs to
     * another catalog goes.
     *
     * @param newUid of the segment that was made last.
     * @param states of shards of one catalog.
     * @return whether anything had to be written.
     * @throws IOException if that was not possible: what was there before holds, or this.
     */
    public boolean keep(final long newUid, final Collection<ShardState> states) throws IOException {
        final Int2ObjectHashMap<ShardState> before = entries;
        final long highBefore = catalogIdHigh;
        final long lowBefore = catalogIdLow;
        for (final ShardState state : states) {
            if (state.catalogIdHigh() != catalogIdHigh || state.catalogIdLow() != catalogIdLow) {
                catalogIdHigh = state.catalogIdHigh();
                catalogIdLow = state.catalogIdLow();
                entries = entries.isEmpty() ? entries : new Int2ObjectHashMap<>();
            }
            final ShardState known = entries.get(state.shardId());
            if (known == null && state.isTrivial()) {
                reserved.add(state.shardId());
            } else if (!state.equals(known)) {
                entries = entries == before ? new Int2ObjectHashMap<>(before) : entries;
                entries.put(state.shardId(), state);
                reserved.remove(state.shardId());
            }
        }
        if (entries == before && !isDirty && Math.min(lengths[0], lengths[1]) >= reservedBytes()) {
            return false;
        }
        try {
            uid = Math.max(uid, newUid);
            write();
            return true;
        } catch (final IOException | RuntimeException e) {
            entries = before;
            catalogIdHigh = highBefore;
            catalogIdLow = lowBefore;
            throw e;
        }
    }

    /** A shard has left the lane. Durable with the next {@link #keep} or {@link #flush}. */
    public void forget(final int shardId) {
        reserved.remove(shardId);
        isDirty |= entries.remove(shardId) != null;
    }

    /** Makes durable what was forgotten; returns whether anything was. */
    public boolean flush() throws IOException {
        if (!isDirty) {
            return false;
        }
        write();
        return true;
    }

    /** It belongs to another catalog: takes it out of use without deleting it, and begins anew. */
    public void setAside(final String suffix) throws IOException {
        for (int copy = 0; copy < COPIES; copy++) {
            if (lengths[copy] > 0) {
                files.rename(path(copy), directory.resolve(NAME + copy + suffix));
                lengths[copy] = 0;
            }
        }
        entries.clear();
        uid = Long.MIN_VALUE;
        catalogIdHigh = 0;
        catalogIdLow = 0;
    }

    @Override
    public String toString() {
        return directory.resolve(NAME) + "*";
    }

    private void read() throws IOException {
        boolean isThere = false;
        final long[] generations = new long[COPIES];
        for (final Path file : files.list(directory)) {
            for (int copy = 0; copy < COPIES; copy++) {
                if (file.equals(path(copy))) {
                    isThere = true;
                    generations[copy] = read(copy);
                }
            }
        }
        if (isThere && generation == 0) {
            throw new IOException(path(0) + " and its copy are damaged: which rows were let go is not known");
        }
        // a copy that is behind or damaged is made whole with the next write at the latest, for which it is the first
        isDirty = generations[0] != generations[1];
    }

    /** The generation of a copy, 0 if it is damaged; takes over the newest. */
    private long read(final int copy) throws IOException {
        final ByteBuffer bytes;
        try (SegmentFile file = files.open(path(copy))) {
            lengths[copy] = file.lengthBytes();
            bytes = ByteBuffer.allocate((int) lengths[copy]).order(ByteOrder.LITTLE_ENDIAN);
            file.read(bytes, 0);
        }
        bytes.flip();
        if (bytes.limit() < HEADER_BYTES + Integer.BYTES) {
            return 0;
        }
        final int end = bytes.getInt(LENGTH_AT);
        if (end < HEADER_BYTES || end > bytes.limit() - Integer.BYTES || crc(bytes, end) != bytes.getInt(end)) {
            return 0;
        }
        if (bytes.getLong(0) != MAGIC && bytes.getLong(0) != FORMER_MAGIC) {
            throw new IOException(path(copy) + " is of another version");
        }
        final long found = bytes.getLong(Long.BYTES);
        if (found > generation) {
            newest = copy;
            decode(bytes);
        }
        return found;
    }

    /** First the copy that does not hold. */
    private void write() throws IOException {
        final ByteBuffer bytes = encode(++generation);
        files.createDirectories(directory);
        for (int i = 0; i < COPIES; i++) {
            final int copy = 1 - newest;
            if (lengths[copy] < reservedBytes()) {
                make(copy, bytes.duplicate(), (reservedBytes() * 5 / 4 / GROWTH_BYTES + 1) * GROWTH_BYTES);
            } else {
                try (SegmentFile file = files.reopen(path(copy))) {
                    file.write(bytes.duplicate(), 0);
                    file.sync();
                }
            }
            newest = copy;
        }
        isDirty = false;
    }

    private void make(final int copy, final ByteBuffer bytes, final int lengthBytes) throws IOException {
        final Path unfinished = directory.resolve(NAME + copy + ".tmp");
        try {
            try (SegmentFile file = files.create(unfinished)) {
                file.write(bytes, 0);
                file.write(ByteBuffer.allocate(lengthBytes - bytes.limit()), bytes.limit());
                file.sync();
            }
            files.rename(unfinished, path(copy));
            files.syncDirectory(directory);
        } catch (final IOException e) {
            try {
                files.delete(unfinished);
            } catch (final IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        lengths[copy] = lengthBytes;
    }

    private ByteBuffer encode(final long newGeneration) {
        final ByteBuffer bytes = ByteBuffer.allocate(encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC).putLong(newGeneration).putLong(uid).putLong(catalogIdHigh).putLong(catalogIdLow);
        bytes.putInt(0).putInt(entries.size());
        for (final ShardState state : entries.values()) {
            final MissingRanges missing = told(state.missing());
            bytes.putInt(state.shardId()).putInt(state.tableId()).putLong(state.availableFromUs()).putLong(state.letGoUntilUs());
            bytes.putInt(missing.size()).putInt(state.doubts().size());
            for (int i = 0; i < missing.size(); i++) {
                bytes.putLong(missing.startUs(i)).putLong(missing.endUs(i));
            }
            state.doubts().forEach((startUs, rows) -> bytes.putLong(startUs).putLong(rows));
        }
        final int end = bytes.position();
        bytes.putInt(LENGTH_AT, end);
        return bytes.putInt(crc(bytes, end)).flip();
    }

    private void decode(final ByteBuffer bytes) {
        final boolean isFormer = bytes.getLong(0) == FORMER_MAGIC;
        bytes.position(Long.BYTES);
        generation = bytes.getLong();
        uid = bytes.getLong();
        catalogIdHigh = bytes.getLong();
        catalogIdLow = bytes.getLong();
        bytes.getInt();
        entries.clear();
        for (int left = bytes.getInt(); left > 0; left--) {
            final int shardId = bytes.getInt();
            final int tableId = bytes.getInt();
            final long availableFromUs = bytes.getLong();
            final long letGoUntilUs = isFormer ? availableFromUs : bytes.getLong();
            final int ranges = bytes.getInt();
            final int doubtCount = bytes.getInt();
            MissingRanges missing = MissingRanges.NONE;
            for (int i = 0; i < ranges; i++) {
                missing = missing.with(bytes.getLong(), bytes.getLong());
            }
            final Map<Long, Long> doubts = new HashMap<>();
            for (int i = 0; i < doubtCount; i++) {
                doubts.put(bytes.getLong(), bytes.getLong());
            }
            entries.put(shardId,
                new ShardState(catalogIdHigh, catalogIdLow, shardId, tableId, availableFromUs, letGoUntilUs, missing, doubts));
        }
    }

    private int encodedBytes() {
        int sum = HEADER_BYTES + Integer.BYTES;
        for (final ShardState state : entries.values()) {
            sum += ENTRY_BYTES + RANGE_BYTES * (Math.min(MAX_RANGES, state.missing().size()) + state.doubts().size());
        }
        return sum;
    }

    private int reservedBytes() {
        return encodedBytes() + reserved.size() * ENTRY_BYTES;
    }

    private Path path(final int copy) {
        return directory.resolve(NAME + copy);
    }

    private static MissingRanges told(final MissingRanges missing) {
        MissingRanges told = missing;
        while (told.size() > MAX_RANGES) {
            int nearest = 0;
            for (int i = 1; i + 1 < told.size(); i++) {
                if (told.startUs(i + 1) - told.endUs(i) < told.startUs(nearest + 1) - told.endUs(nearest)) {
                    nearest = i;
                }
            }
            told = told.with(told.startUs(nearest), told.endUs(nearest + 1));
        }
        return told;
    }

    private static int crc(final ByteBuffer bytes, final int end) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, end));
        return (int) crc.getValue();
    }
}
