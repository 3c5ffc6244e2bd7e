package io.truenow.perf.sketch;

import io.truenow.format.sketch.QuantileSketch;
import org.agrona.ExpandableArrayBuffer;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.quantilescommon.QuantileSearchCriteria;
import org.apache.datasketches.req.ReqSketch;
import org.apache.datasketches.tdigest.TDigestDouble;

import java.util.List;
import java.util.function.Supplier;

/** A quantile sketch to be compared. */
public interface QuantileCandidate {
    /** Takes a value. */
    void update(double value);

    /** Takes in another of the same kind. */
    void merge(QuantileCandidate other);

    /** Bytes on the wire. */
    int lengthBytes();

    /** Its answer. */
    double quantile(double rank);

    /** What it says the answer is not below; NaN if it says nothing. */
    double lowerBound(double rank);

    /** What it says the answer is not above; NaN if it says nothing. */
    double upperBound(double rank);

    /** A candidate by its name. */
    record Named(String name, Supplier<QuantileCandidate> create) {
    }

    /** All that are compared. */
    static List<Named> all() {
        return List.of(
            new Named("buckets_2048", () -> new Buckets(new QuantileSketch(2_048))),
            new Named("kll_200", () -> new Kll(KllDoublesSketch.newHeapInstance(200))),
            new Named("kll_800", () -> new Kll(KllDoublesSketch.newHeapInstance(800))),
            new Named("req_12", () -> new Req(ReqSketch.builder().setK(12).setHighRankAccuracy(true).build())),
            new Named("req_50", () -> new Req(ReqSketch.builder().setK(50).setHighRankAccuracy(true).build())),
            new Named("tdigest_200", () -> new Digest(new TDigestDouble((short) 200))));
    }

    /** Ours. */
    record Buckets(QuantileSketch sketch) implements QuantileCandidate {
        @Override
        public void update(final double value) {
            sketch.update(value);
        }

        @Override
        public void merge(final QuantileCandidate other) {
            sketch.merge(((Buckets) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return sketch.serialize(new ExpandableArrayBuffer(), 0);
        }

        @Override
        public double quantile(final double rank) {
            return sketch.quantile(rank);
        }

        @Override
        public double lowerBound(final double rank) {
            return sketch.lowerBound(rank);
        }

        @Override
        public double upperBound(final double rank) {
            return sketch.upperBound(rank);
        }
    }

    /** DataSketches KLL of doubles; its bounds hold in 99 of 100 cases. */
    record Kll(KllDoublesSketch sketch) implements QuantileCandidate {
        @Override
        public void update(final double value) {
            sketch.update(value);
        }

        @Override
        public void merge(final QuantileCandidate other) {
            sketch.merge(((Kll) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return sketch.toByteArray().length;
        }

        @Override
        public double quantile(final double rank) {
            return sketch.getQuantile(rank, QuantileSearchCriteria.INCLUSIVE);
        }

        @Override
        public double lowerBound(final double rank) {
            return sketch.getQuantileLowerBound(rank);
        }

        @Override
        public double upperBound(final double rank) {
            return sketch.getQuantileUpperBound(rank);
        }
    }

    /** DataSketches REQ, accurate at high ranks; of floats, as there is none of doubles. Bounds of three deviations. */
    record Req(ReqSketch sketch) implements QuantileCandidate {
        private static final int DEVIATIONS = 3;

        @Override
        public void update(final double value) {
            sketch.update((float) value);
        }

        @Override
        public void merge(final QuantileCandidate other) {
            sketch.merge(((Req) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return sketch.toByteArray().length;
        }

        @Override
        public double quantile(final double rank) {
            return sketch.getQuantile(rank, QuantileSearchCriteria.INCLUSIVE);
        }

        @Override
        public double lowerBound(final double rank) {
            return sketch.getQuantileLowerBound(rank, DEVIATIONS);
        }

        @Override
        public double upperBound(final double rank) {
            return sketch.getQuantileUpperBound(rank, DEVIATIONS);
        }
    }

    /** DataSketches t-digest, which gives no bounds. */
    record Digest(TDigestDouble sketch) implements QuantileCandidate {
        @Override
        public void update(final double value) {
            sketch.update(value);
        }

        @Override
        public void merge(final QuantileCandidate other) {
            sketch.merge(((Digest) other).sketch);
        }

        @Override
        public int lengthBytes() {
            return sketch.toByteArray().length;
        }

        @Override
        public double quantile(final double rank) {
            return sketch.getQuantile(rank);
        }

        @Override
        public double lowerBound(final double rank) {
            return Double.NaN;
        }

        @Override
        public double upperBound(final double rank) {
            return Double.NaN;
        }
    }
}
