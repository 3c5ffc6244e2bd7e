package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import org.agrona.collections.Int2IntHashMap;

import java.util.Arrays;

/**
 * The dictionary of a dimension over several segments. The first one's codes stay, values of the others that it lacks follow; so a segment
 * that is sealed alone keeps its codes. Values are the same if their lane codes are. One thread.
 */
final class CodeMaps {
    private int[] laneCodes = new int[0];
    private int size;
    /** By segment, by local code; null where the codes stay. */
    private final int[][] bySegment;

    CodeMaps(final Segment[] segments, final int ordinal) {
        bySegment = new int[segments.length][];
        Int2IntHashMap codes = null;
        for (int i = 0; i < segments.length; i++) {
            final SegmentDictionary dictionary = segments[i].dictionary(ordinal);
            final int values = dictionary == null ? 0 : dictionary.size();
            if (values > 0 && size == 0) {
                laneCodes = new int[values];
                for (int code = 1; code <= values; code++) {
                    laneCodes[code - 1] = dictionary.laneCode(code);
                }
                size = values;
            } else if (values > 0) {
                codes = codes == null ? codesOf() : codes;
                bySegment[i] = add(dictionary, values, codes);
            }
        }
    }

    /** Values. */
    int size() {
        return size;
    }

    /** Lane codes by local code less 1. */
    int[] laneCodes() {
        return Arrays.copyOf(laneCodes, size);
    }

    /** New codes by a segment's codes, null where they are the same. */
    int[] of(final int segment) {
        return bySegment[segment];
    }

    private Int2IntHashMap codesOf() {
        final Int2IntHashMap codes = new Int2IntHashMap(0);
        for (int i = 0; i < size; i++) {
            codes.put(laneCodes[i], i + 1);
        }
        return codes;
    }

    private int[] add(final SegmentDictionary dictionary, final int values, final Int2IntHashMap codes) {
        final int[] map = new int[values + 1];
        for (int code = 1; code <= values; code++) {
            final int laneCode = dictionary.laneCode(code);
            int known = codes.get(laneCode);
            if (known == 0) {
                if (size == laneCodes.length) {
                    laneCodes = Arrays.copyOf(laneCodes, size + (size >>> 1) + 16);
                }
                laneCodes[size++] = laneCode;
                known = size;
                codes.put(laneCode, known);
            }
            map[code] = known;
        }
        return map;
    }
}
