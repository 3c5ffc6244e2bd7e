package io.truenow.query.merge;

import io.truenow.format.partial.PartialBodyReader;

import java.util.Arrays;

/**
 * Adds partial results to merge tables: each value of a part is looked up once, then groups are array work. Belongs to the scatter agent's
 * thread.
 */
public final class PartialMerge {
    private int[][] codeMaps = new int[4][];
    private int[] groupCodes = new int[4];

    /** Adds a part's groups. Whatever is not {@link MergeStatus#OK} leaves the table half filled: reset or release it. */
    public MergeStatus merge(final PartialBodyReader part, final MergeTable table) {
        final int dimensions = table.dimensionCount();
        if (codeMaps.length < dimensions) {
            codeMaps = Arrays.copyOf(codeMaps, dimensions);
        }
        if (groupCodes.length < dimensions) {
            groupCodes = new int[dimensions];
        }
        if (part.groupCount() == 0) {
            return MergeStatus.OK;
        }
        for (int dimension = 0; dimension < dimensions; dimension++) {
            final MergeStatus status = mapCodes(part, table, dimension);
            if (status != MergeStatus.OK) {
                return status;
            }
        }
        table.settleValues();
        for (int i = 0; i < part.groupCount(); i++) {
            for (int dimension = 0; dimension < dimensions; dimension++) {
                groupCodes[dimension] = codeMaps[dimension][part.code(dimension, i)];
            }
            final int group = table.group(part.bucketUs(i), groupCodes);
            if (group < 0) {
                return MergeTable.statusOf(group);
            }
            table.addRows(group, part.rowCount(i));
            for (int metric = 0; metric < table.metricCount(); metric++) {
                table.addMetric(group, metric, part, i);
            }
            for (int sketch = 0; sketch < table.sketchCount(); sketch++) {
                final MergeStatus status =
                    table.addSketch(group, sketch, part.buffer(), part.sketchOffset(sketch, i), part.sketchLength(sketch, i));
                if (status != MergeStatus.OK) {
                    return status;
                }
            }
        }
        return MergeStatus.OK;
    }

    private MergeStatus mapCodes(final PartialBodyReader part, final MergeTable table, final int dimension) {
        final int distinct = part.distinct(dimension);
        int bytes = 0;
        for (int code = 1; code <= distinct; code++) {
            bytes += part.valueLength(dimension, code);
        }
        final MergeStatus status = table.admitValues(distinct, bytes);
        if (status != MergeStatus.OK) {
            return status;
        }
        int[] map = codeMaps[dimension];
        if (map == null || map.length <= distinct) {
            map = new int[Math.max(64, Integer.highestOneBit(distinct) * 2)];
            codeMaps[dimension] = map;
        }
        map[0] = 0;
        for (int code = 1; code <= distinct; code++) {
            map[code] = table.code(part.buffer(), part.valueOffset(dimension, code), part.valueLength(dimension, code));
            if (map[code] < 0) {
                return MergeStatus.QUERY_TOO_LARGE;
            }
        }
        return MergeStatus.OK;
    }
}
