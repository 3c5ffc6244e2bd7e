package io.truenow.fabric.config;

import java.util.Collection;
import java.util.Comparator;

/** The known word that somebody meant, by edit distance; characters left out count half. Stateless. */
public final class Nearest {
    /** A word is near at a distance of up to its length divided by this, and in any case at that of two characters exchanged. */
    private static final int FAR = 2;
    private static final int EXCHANGE = 3;

    private Nearest() {
    }

    /** The nearest of all, however far; empty if there are none. */
    public static String of(final String word, final Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(candidate -> distance(word, candidate))).orElse("");
    }

    /** The nearest if it is so near that it may have been meant, else null. */
    public static String ifNear(final String word, final Collection<String> known) {
        final String nearest = of(word, known);
        return nearest.isEmpty() || distance(word, nearest) > Math.max(EXCHANGE, nearest.length() / FAR) ? null : nearest;
    }

    private static int distance(final String a, final String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            final int[] next = new int[b.length() + 1];
            next[0] = 2 * i;
            for (int j = 1; j <= b.length(); j++) {
                final int replaced = row[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 2);
                next[j] = Math.min(replaced, Math.min(row[j] + 2, next[j - 1] + 1));
            }
            row = next;
        }
        return row[b.length()];
    }
}
