package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.sketch.SketchCells;
import io.truenow.engine.scan.sketch.SketchWish;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the cubes of several closed segments of an hour hold together, by the lane codes of what a query groups by. Made by a query that
 * read these cubes, and never changed after that: it is good for a query whose cut has just these segments with just these rows, and
 * nothing has to tell it when one of them is replaced, amended or gone.
 */
public final class HourCube extends KeptCells {
    private final long[] uids;
    private final long[] rowCounts;
    private final int[] groupBy;
    private final int[] metrics;
    private final int[] wanted;
    private final ResultGroups groups;
    private final List<SketchWish> wishes = new ArrayList<>();
    private final List<SketchCells> sketches = new ArrayList<>();
    boolean isListed;

    HourCube(final CubeWants wants, final SegmentRun run, final GroupMemory memory) {
        super(wants.key());
        uids = run.copyOfUids();
        rowCounts = run.copyOfRowCounts();
        groupBy = new int[wants.groupByCount()];
        metrics = new int[wants.metricCount()];
        wanted = new int[wants.metricCount()];
        Arrays.setAll(groupBy, wants::groupByIndex);
        Arrays.setAll(metrics, wants::metric);
        Arrays.setAll(wanted, wants::wanted);
        groups = new ResultGroups(memory);
        groups.begin(groupBy.length, metrics.length);
        for (int i = 0; i < metrics.length; i++) {
            groups.states().want(i, wanted[i]);
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            if (find(wants.sketch(i)) < 0) {
                wishes.add(wants.sketch(i));
                sketches.add(SketchCells.kept(wants.sketch(i)));
            }
        }
    }

    /** Groups with their aggregates, all in bucket 0. */
    public ResultGroups groups() {
        return groups;
    }

    /** Cells by group that serve a wish. */
    public SketchCells sketch(final SketchWish wish) {
        return sketches.get(find(wish));
    }

    /** Where a metric's aggregates are, with what is wanted of it or more; -1 if they are not there. */
    public int metric(final int ordinal, final int newWanted) {
        for (int i = 0; i < metrics.length; i++) {
            if (metrics[i] == ordinal && (newWanted & ~wanted[i]) == 0) {
                return i;
            }
        }
        return -1;
    }

    boolean isOf(final SegmentRun run) {
        return run.is(uids, rowCounts);
    }

    /** Whether it has all that a query wants of these segments. */
    boolean serves(final CubeWants wants) {
        boolean has = key == wants.key() && wants.groupByCount() == groupBy.length;
        for (int i = 0; has && i < groupBy.length; i++) {
            has = groupBy[i] == wants.groupByIndex(i);
        }
        for (int i = 0; has && i < wants.metricCount(); i++) {
            has = metric(wants.metric(i), wants.wanted(i)) >= 0;
        }
        for (int i = 0; has && i < wants.sketchCount(); i++) {
            has = find(wants.sketch(i)) >= 0;
        }
        return has;
    }

    /** Of the segment that stands for all of them in the store. */
    long firstUid() {
        return uids[0];
    }

    @Override
    long usedBytes() {
        return groups.usedBytes() + usedSketchBytes();
    }

    @Override
    long usedSketchBytes() {
        long used = 0;
        for (int i = 0; i < sketches.size(); i++) {
            used += sketches.get(i).byteSize();
        }
        return used;
    }

    /** All is in. */
    void settle() {
        sketches.forEach(SketchCells::settle);
    }

    @Override
    void release() {
        groups.close();
        wishes.clear();
        sketches.clear();
    }

    private int find(final SketchWish wish) {
        for (int i = 0; i < wishes.size(); i++) {
            if (wishes.get(i).hasSameCells(wish)) {
                return i;
            }
        }
        return -1;
    }
}
