package io.truenow.perf.sketch;

import io.truenow.format.sketch.DistinctSketch;
import org.agrona.ExpandableArrayBuffer;
import org.apache.datasketches.cpc.CpcSketch;
import org.apache.datasketches.cpc.CpcUnion;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.HllUnion;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.theta.ThetaSetOperation;
import org.apache.datasketches.theta.ThetaSketch;
import org.apache.datasketches.theta.ThetaUnion;
import org.apache.datasketches.theta.UpdatableThetaSketch;

import java.util.List;
import java.util.function.Supplier;

/** A sketch of distinct values to be compared. */
public interface DistinctCandidate {
    /** Takes a value's hash. */
    void update(long hash);

    /** Takes in another of the same kind. */
    void merge(DistinctCandidate other);

    /** Bytes on the wire. */
    int lengthBytes();

    /** Its answer. */
    double estimate();

    /** A candidate by its name. */
    record Named(String name, Supplier<DistinctCandidate> create) {
    }

    /** All that are compared. */
    static List<Named> all() {
        return List.of(
            new Named("registers_12", () -> new Registers(new DistinctSketch(12))),
            new Named("hll4_12", () -> new Hll(12)),
            new Named("cpc_12", () -> new Cpc(12)),
            new Named("theta_12", () -> new Theta(12)));
    }

    /** Ours. */
    record Registers(DistinctSketch sketch) implements DistinctCandidate {
        @Override
        public void update(final long hash) {
            sketch.update(hash);
        }

        @Override
        public void merge(final DistinctCandidate other) {
            sketch.merge(((Registers) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return sketch.serialize(new ExpandableArrayBuffer(), 0);
        }

        @Override
        public double estimate() {
            return sketch.estimate();
        }
    }

    /** DataSketches HLL in four bits a register, merged through its union. */
    final class Hll implements DistinctCandidate {
        private final HllUnion union;

        Hll(final int registersShift) {
            union = new HllUnion(registersShift);
        }

        @Override
        public void update(final long hash) {
            union.update(hash);
        }

        @Override
        public void merge(final DistinctCandidate other) {
            union.update(((Hll) other).union.getResult(TgtHllType.HLL_8));
        }

        @Override
        public int lengthBytes() {
            return result().toCompactByteArray().length;
        }

        @Override
        public double estimate() {
            return result().getEstimate();
        }

        private HllSketch result() {
            return union.getResult(TgtHllType.HLL_4);
        }
    }

    /** DataSketches CPC. */
    final class Cpc implements DistinctCandidate {
        private final CpcSketch sketch;
        private final CpcUnion union;

        Cpc(final int shift) {
            sketch = new CpcSketch(shift);
            union = new CpcUnion(shift);
        }

        @Override
        public void update(final long hash) {
            sketch.update(hash);
        }

        @Override
        public void merge(final DistinctCandidate other) {
            union.update(((Cpc) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return result().toByteArray().length;
        }

        @Override
        public double estimate() {
            return result().getEstimate();
        }

        private CpcSketch result() {
            union.update(sketch);
            return union.getResult();
        }
    }

    /** DataSketches Theta. */
    final class Theta implements DistinctCandidate {
        private final UpdatableThetaSketch sketch;
        private final ThetaUnion union;

        Theta(final int shift) {
            sketch = UpdatableThetaSketch.builder().setLogNominalEntries(shift).build();
            union = ThetaSetOperation.builder().setLogNominalEntries(shift).buildUnion();
        }

        @Override
        public void update(final long hash) {
            sketch.update(hash);
        }

        @Override
        public void merge(final DistinctCandidate other) {
            union.union(((Theta) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return result().toByteArray().length;
        }

        @Override
        public double estimate() {
            return result().getEstimate();
        }

        private ThetaSketch result() {
            union.union(sketch);
            return union.getResult();
        }
    }
}
