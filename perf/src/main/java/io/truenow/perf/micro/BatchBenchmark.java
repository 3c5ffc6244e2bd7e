package io.truenow.perf.micro;

import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.EventIdHash;
import io.truenow.format.batch.TableBinding;
import io.truenow.perf.load.Workload;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Building, encoding and checking a batch of 1 000 events, and hashing ids; times are of one event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BatchBenchmark {
    private static final int ROWS = 1_000;

    private final Workload workload = new Workload(20_261_123L, 16);
    private final byte[][][] values = Workload.values();
    private final byte[] id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301".getBytes(StandardCharsets.US_ASCII);
    private final EventIdHash hash = new EventIdHash(1, 2);
    private final BatchView view = new BatchView();
    private final UnsafeBuffer target = new UnsafeBuffer(ByteBuffer.allocateDirect(BatchBuilder.MAX_BATCH_BYTES));
    private final UnsafeBuffer encoded = new UnsafeBuffer(ByteBuffer.allocateDirect(BatchBuilder.MAX_BATCH_BYTES));
    private BatchBuilder builder;
    private int encodedLength;
    private long event;

    /** Makes a builder and an encoded batch. */
    @Setup
    public void setUp() {
        final TableBinding.Schema schema = new TableBinding.Schema(1, 1, 2, 1, 1);
        builder = new BatchBuilder(new TableBinding(schema, Workload.DIMENSIONS, Workload.METRICS, List.of(1)), 0);
        fill();
        encodedLength = builder.encode(encoded, 0, 1);
    }

    /** Rows into columns, columns into a message with its checksums. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public int buildAndEncode() {
        fill();
        return builder.encode(target, 0, 1);
    }

    /** What a lane does before it trusts a batch. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public boolean validate() {
        return view.wrap(encoded, 0, encodedLength).isValid();
    }

    /** An id of 36 bytes. */
    @Benchmark
    public long hashId() {
        hash.hash(id, 0, id.length);
        return hash.high() ^ hash.low();
    }

    private void fill() {
        for (int i = 0; i < ROWS; i++) {
            event++;
            builder.startRow(1_790_000_000_000_000L + i, event * 0x9e3779b97f4a7c15L, event);
            dimension(0, workload.country(event));
            dimension(1, workload.device(event));
            dimension(2, workload.page(event));
            builder.metric(0, workload.metric(event, 0));
            builder.metric(1, workload.metric(event, 1));
            if (!builder.endRow()) {
                throw new IllegalStateException("the batch is too small for the benchmark");
            }
        }
    }

    private void dimension(final int ordinal, final int number) {
        final byte[] value = values[ordinal][number];
        builder.dimension(ordinal, value, 0, value.length);
    }
}
