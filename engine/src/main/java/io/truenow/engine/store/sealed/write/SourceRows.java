package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;

import java.io.IOException;
import java.util.List;

/** The blocks of the segments that are to become one, numbered through. */
final class SourceRows {
    /** What of a row's place says the row in its block. */
    static final int ROW_BITS = 12;
    /** What of it says the block. */
    static final int BLOCK_BITS = 22;

    final Segment[] segments;
    final Block[] blocks;
    final int[] rowsInBlock;
    final int[] segmentOfBlock;
    final int rowCount;
    final int dimensionCount;
    final int metricCount;

    /**
     * Over segments that take no more rows.
     *
     * @throws IOException if they have no row or too many.
     */
    SourceRows(final List<Segment> sources) throws IOException {
        segments = sources.toArray(Segment[]::new);
        long rows = 0;
        int blockCount = 0;
        for (final Segment segment : segments) {
            rows += segment.rowCount();
            blockCount += blockCount(segment);
        }
        if (rows == 0 || rows > SegmentHeader.MAX_ROWS || blockCount > 1 << BLOCK_BITS) {
            throw new IOException("a sealed segment cannot hold " + rows + " rows, it has 1 to " + SegmentHeader.MAX_ROWS);
        }
        rowCount = (int) rows;
        blocks = new Block[blockCount];
        rowsInBlock = new int[blockCount];
        segmentOfBlock = new int[blockCount];
        int at = 0;
        int dimensions = 0;
        int metrics = 0;
        for (int i = 0; i < segments.length; i++) {
            for (int block = 0, count = blockCount(segments[i]); block < count; block++) {
                blocks[at] = segments[i].block(block);
                final long end = block + 1 < count ? segments[i].block(block + 1).firstRow() : segments[i].rowCount();
                rowsInBlock[at] = (int) (end - blocks[at].firstRow());
                segmentOfBlock[at] = i;
                dimensions = Math.max(dimensions, blocks[at].dimensionCount());
                metrics = Math.max(metrics, blocks[at].metricCount());
                at++;
            }
        }
        dimensionCount = dimensions;
        metricCount = metrics;
    }

    private static int blockCount(final Segment segment) {
        return switch (segment) {
            case OpenSegment open -> open.blockCount();
            case FileSegment file -> file.blockCount();
            default -> throw new IllegalArgumentException("no such segment can be sealed: " + segment.getClass());
        };
    }
}
