package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.util.List;

/**
 * A segment goes from the lane to the query agent and back: each side sees what the other wrote to it before.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Not there yet.")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "At the query agent.")
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "Back at the lane.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A segment came without what was written to it.")
@State
public class RetiredSegmentStress {
    private final LaneExchange exchange = new LaneExchange();

    /** A segment with one mark in it. */
    private static final class Marked extends Segment {
        private int mark;

        Marked() {
            super(1, 0);
        }

        @Override
        public long rowCount() {
            return 0;
        }

        @Override
        public int blockCount() {
            return 0;
        }

        @Override
        public Block block(final int index) {
            return null;
        }

        @Override
        public SegmentDictionary dictionary(final int ordinal) {
            return null;
        }

        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public boolean freeSome(final int limit) {
            return true;
        }
    }

    /** Retires a segment, then looks whether it has come back. */
    @Actor
    public void lane(final II_Result result) {
        final Marked segment = new Marked();
        segment.mark = 1;
        exchange.retire(List.of(segment));
        result.r2 = exchange.pollReleased() instanceof Marked back ? back.mark : 0;
    }

    /** Takes it and sends it back. */
    @Actor
    public void queryAgent(final II_Result result) {
        if (exchange.pollRetired() instanceof Marked segment) {
            result.r1 = segment.mark;
            segment.mark = 2;
            exchange.release(segment);
        }
    }
}
