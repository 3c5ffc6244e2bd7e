package io.truenow.engine.scan;

import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;

import java.util.Arrays;

/**
 * The segments of a query's cuts that lie in its range, those first to which rows may still come: their cubes then stand for just the
 * rows of the cut, while later queries with later cuts would take them further.
 */
final class SegmentOrder {
    private int[] cutIndexes = new int[16];
    private int[] segmentIndexes = new int[16];
    private int count;

    void begin(final ShardCut[] cuts, final int cutCount, final long startTimeUs, final long endTimeUs) {
        count = 0;
        int segments = 0;
        for (int cut = 0; cut < cutCount; cut++) {
            segments += cuts[cut].segmentCount();
        }
        if (segments > cutIndexes.length) {
            cutIndexes = new int[segments * 2];
            segmentIndexes = new int[segments * 2];
        }
        // filled from both ends: a segment may become complete between two looks at it
        int closed = segments;
        for (int cut = 0; cut < cutCount; cut++) {
            for (int i = 0; i < cuts[cut].segmentCount(); i++) {
                final Segment segment = cuts[cut].segment(i);
                final long spanStartUs = segment.spanStartUs();
                if (cuts[cut].rowCount(i) > 0 && spanStartUs < endTimeUs && spanStartUs + Spans.SPAN_US > startTimeUs) {
                    final int at = segment.isOpen() ? count++ : --closed;
                    cutIndexes[at] = cut;
                    segmentIndexes[at] = i;
                }
            }
        }
        System.arraycopy(cutIndexes, closed, cutIndexes, count, segments - closed);
        System.arraycopy(segmentIndexes, closed, segmentIndexes, count, segments - closed);
        count += segments - closed;
    }

    void clear() {
        count = 0;
        if (cutIndexes.length > 1 << 12) {
            cutIndexes = Arrays.copyOf(cutIndexes, 16);
            segmentIndexes = Arrays.copyOf(segmentIndexes, 16);
        }
    }

    int count() {
        return count;
    }

    int cutIndex(final int index) {
        return cutIndexes[index];
    }

    int segmentIndex(final int index) {
        return segmentIndexes[index];
    }
}
