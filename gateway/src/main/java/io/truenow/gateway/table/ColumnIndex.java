package io.truenow.gateway.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Ordinals of a table's dimensions or metrics by the UTF-8 bytes of their names. Immutable. */
public final class ColumnIndex {
    private final byte[][] names;
    private final short[] slots;

    /** From the names by ordinal. */
    public ColumnIndex(final List<String> columnNames) {
        names = new byte[columnNames.size()][];
        slots = new short[Math.max(8, Integer.highestOneBit(Math.max(1, names.length)) * 4)];
        Arrays.fill(slots, (short) -1);
        for (int ordinal = 0; ordinal < names.length; ordinal++) {
            names[ordinal] = columnNames.get(ordinal).getBytes(StandardCharsets.UTF_8);
            int slot = hash(names[ordinal], 0, names[ordinal].length) & slots.length - 1;
            while (slots[slot] >= 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = (short) ordinal;
        }
    }

    /** Number of columns. */
    public int size() {
        return names.length;
    }

    /**
     * Ordinal of a name, or -1.
     *
     * @param hint an ordinal that is likely, as events tend to name their columns in the same order; any number.
     */
    public int ordinal(final byte[] bytes, final int offset, final int length, final int hint) {
        if (hint >= 0 && hint < names.length && equals(names[hint], bytes, offset, length)) {
            return hint;
        }
        int slot = hash(bytes, offset, length) & slots.length - 1;
        for (int ordinal = slots[slot]; ordinal >= 0; ordinal = slots[slot]) {
            if (equals(names[ordinal], bytes, offset, length)) {
                return ordinal;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return -1;
    }

    private static boolean equals(final byte[] name, final byte[] bytes, final int offset, final int length) {
        return name.length == length && Arrays.equals(name, 0, length, bytes, offset, offset + length);
    }

    static int hash(final byte[] bytes, final int offset, final int length) {
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = hash * 31 + bytes[i];
        }
        return hash ^ hash >>> 15;
    }
}
