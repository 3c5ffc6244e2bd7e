package io.truenow.perf.engine;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.Postings;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.ShardFiles;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Sealing a full span, over and over on the calling thread: rows about in time's order (each up to two seconds late), three dimensions of
 * 50, 5 and a chosen number of values, a price of two decimals and a whole quantity, random ids.
 */
public final class SealRun implements AutoCloseable {
    private static final int REGION_BYTES = 1 << 24;
    private static final int MAX_REGIONS = 256;
    private static final int BATCH_ROWS = 600;
    private static final int LATE_US = 2_000_000;
    private static final int SHARD = 1;
    private static final long SPAN_START_US = Spans.floor(1_790_000_000_000_000L);
    private static final int[] VALUES = {50, 5, 0};

    private final MemoryTag tag = new MemoryAccountant(Long.MAX_VALUE).tag("sealed", Long.MAX_VALUE);
    private final LaneMemory memory;
    private final ShardStore shard;
    private final SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, tag);
    private final SplittableRandom random;
    private final Path directory;
    private final int rows;
    private final long[] ids;
    private final Segment open;
    private SealedSegment sealed;
    private long lastUid = 1L << Integer.SIZE;

    /** Fills an open segment. */
    public SealRun(final long seed, final int rows, final int values, final Path directory) {
        this.random = new SplittableRandom(seed);
        this.rows = rows;
        this.directory = directory;
        this.ids = new long[2 * rows];
        final MemoryTag regions = new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE);
        memory = new LaneMemory(new BlockPool(RegionSource.inline(regions, REGION_BYTES), REGION_BYTES, MAX_REGIONS), seed);
        shard = new ShardStore(memory, SHARD, 1);
        fill(values);
        final ShardCut cut = new ShardCut();
        cut.take(shard);
        open = cut.segment(0);
    }

    /** Rows of the segment. */
    public int rows() {
        return rows;
    }

    /** The last file. */
    public Path file() {
        return sealed.file();
    }

    /** Writes the segment to a file, durably, and maps it; the one before is deleted. */
    public long seal() throws IOException {
        return write(List.of(open));
    }

    /** Writes the last file's rows to a new one, as if they were merged with amendments. */
    public long rewrite() throws IOException {
        return write(List.of(sealed));
    }

    /** Looks for ids in turn there and not there; returns how many were found. */
    public int lookUp(final int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            final int row = random.nextInt(rows);
            found += sealed.containsId(ids[2 * row] + (i & 1), ids[2 * row + 1]) ? 1 : 0;
        }
        return found;
    }

    /** Walks through the rows of random values of the third dimension; returns how many there were. */
    public long walk(final int lists) {
        final Postings.Cursor cursor = sealed.postings(2).cursor();
        final int[] target = new int[4_096];
        long walked = 0;
        for (int i = 0; i < lists; i++) {
            cursor.begin(1 + random.nextInt(sealed.postings(2).valueCount()));
            int count = cursor.next(Integer.MAX_VALUE, 0, target);
            while (count > 0) {
                walked += count;
                count = cursor.next(Integer.MAX_VALUE, 0, target);
            }
        }
        return walked;
    }

    /** Checks and maps the file anew and retains its values, as at a start; returns its rows. */
    public long find() throws IOException {
        final ShardFiles found = new SealedDirectory(DiskFiles.INSTANCE, directory, tag).scan(0, memory).getFirst();
        final SealedSegment segment = found.segments().getFirst();
        while (!segment.retainValues(Integer.MAX_VALUE)) {
            Thread.onSpinWait();
        }
        segment.free();
        segment.close();
        return segment.rowCount();
    }

    /** Bytes a row of each kind of section of the last file. */
    public Map<String, Double> bytesPerRow() {
        final Map<String, Double> bytes = new TreeMap<>();
        for (final Section section : sealed.header().sections()) {
            final boolean isNumbered = section.kind() == SectionKind.CODES || section.kind() == SectionKind.METRIC;
            final String name = isNumbered ? section.kind() + " " + section.ordinal() : section.kind().toString();
            bytes.merge(name, section.lengthBytes() / (double) rows, Double::sum);
        }
        bytes.put("all", sealed.fileBytes() / (double) rows);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        drop(sealed);
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        writer.close();
        memory.close();
    }

    private long write(final List<Segment> sources) throws IOException {
        final SegmentIdentity identity = new SegmentIdentity(
            new SegmentOwner(0, 0, 0, 1, SHARD), SPAN_START_US, ++lastUid, List.of(), ShardVector.EMPTY);
        final SealedSegment made = writer.write(identity, sources, memory, SealedDirectory.shardDirectory(directory, 0, SHARD));
        while (!made.retainValues(Integer.MAX_VALUE)) {
            Thread.onSpinWait();
        }
        drop(sealed);
        sealed = made;
        return made.fileBytes();
    }

    private static void drop(final SealedSegment segment) throws IOException {
        if (segment != null) {
            segment.free();
            segment.close();
            DiskFiles.INSTANCE.delete(segment.file());
        }
    }

    private void fill(final int values) {
        final TableBinding binding = new TableBinding(
            new TableBinding.Schema(1, 1, 2, 1, 1), List.of("country", "device", "page"), List.of("price", "quantity"), List.of(SHARD));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final BatchApplier applier = new BatchApplier(memory);
        final BatchView view = new BatchView();
        long sequence = 0;
        for (int row = 0; row < rows; row++) {
            final long offsetUs = (long) (row * (double) (Spans.SPAN_US - LATE_US) / rows) + random.nextInt(LATE_US);
            ids[2 * row] = random.nextLong();
            ids[2 * row + 1] = random.nextLong();
            builder.startRow(SPAN_START_US + offsetUs, ids[2 * row], ids[2 * row + 1]);
            for (int dimension = 0; dimension < VALUES.length; dimension++) {
                final int distinct = dimension == 2 ? values : VALUES[dimension];
                final byte[] value = ("value-" + dimension + '-' + random.nextInt(distinct)).getBytes(StandardCharsets.US_ASCII);
                builder.dimension(dimension, value, 0, value.length);
            }
            builder.metric(0, random.nextInt(100_000) / 100.0);
            builder.metric(1, random.nextInt(1, 20));
            if (!builder.endRow()) {
                throw new IllegalStateException("a batch cannot hold " + BATCH_ROWS + " rows");
            }
            if (builder.rowCount() == BATCH_ROWS || row == rows - 1) {
                final int length = builder.encode(target, 0, SPAN_START_US);
                sequence++;
                BatchPosition.assign(target, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
                builder.reset();
                ApplyBatches.apply(applier, shard, view.wrap(target, 0, length));
            }
        }
    }
}
