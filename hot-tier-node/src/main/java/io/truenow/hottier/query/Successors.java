package io.truenow.hottier.query;

import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;

import java.util.List;

/** Finds the file that took a segment's place, so that its cubes can go on. Belongs to the query agent. */
final class Successors {
    private final CubeStore cubes;
    private final ShardCut cut = new ShardCut();

    Successors(final CubeStore cubes) {
        this.cubes = cubes;
    }

    /** A segment has left its shard. */
    void onRetired(final Segment segment, final List<ShardStore> shards) {
        if (!cubes.hasCubes(segment.uid())) {
            return;
        }
        for (int i = 0; i < shards.size(); i++) {
            if (cut.take(shards.get(i)) && carry(segment)) {
                break;
            }
        }
        cut.clear();
    }

    private boolean carry(final Segment segment) {
        for (int i = 0; i < cut.segmentCount(); i++) {
            if (cut.segment(i).spanStartUs() == segment.spanStartUs() && cut.segment(i) instanceof FileSegment file) {
                final long[] replaced = file.replacedUids();
                // of several, local codes are other ones
                if (replaced.length == 1 && replaced[0] == segment.uid()) {
                    cubes.carry(segment.uid(), file, cut.rowCount(i));
                    return true;
                }
            }
        }
        return false;
    }
}
