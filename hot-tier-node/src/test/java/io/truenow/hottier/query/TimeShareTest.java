package io.truenow.hottier.query;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertTrue;

final class TimeShareTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long LONGEST_NS = 9_000_000L;

    @RepeatedTest(8)
    void noSecondHasMoreThanTheShareAndAPiece() {
        final RandomGenerator random = Seeds.random("TimeShareTest");
        final int percent = 1 + random.nextInt(30);
        final TimeShare share = new TimeShare(percent);
        final List<long[]> pieces = new ArrayList<>();
        final long beginNs = random.nextLong(-10 * SECOND_NS, 10 * SECOND_NS);
        long nowNs = beginNs;
        long spentNs = 0;
        while (nowNs < beginNs + 20 * SECOND_NS) {
            if (share.isLeft(nowNs)) {
                final long toNs = nowNs + 1 + random.nextLong(LONGEST_NS);
                share.spend(nowNs, toNs);
                pieces.add(new long[]{nowNs, toNs});
                spentNs += toNs - nowNs;
                nowNs = toNs;
            }
            nowNs += random.nextInt(200) == 0 ? random.nextLong(3 * SECOND_NS) : random.nextLong(2_000_000);
        }
        for (int first = 0; first < pieces.size(); first++) {
            final long endNs = pieces.get(first)[0] + SECOND_NS;
            long inSecondNs = 0;
            for (int i = first; i < pieces.size() && pieces.get(i)[0] < endNs; i++) {
                inSecondNs += Math.min(pieces.get(i)[1], endNs) - pieces.get(i)[0];
            }
            assertTrue(inSecondNs <= SECOND_NS / 100 * percent + LONGEST_NS, inSecondNs + " ns of " + percent + " %");
        }
        assertTrue(spentNs > SECOND_NS / 100 * percent, "the share is there to be used");
    }
}
