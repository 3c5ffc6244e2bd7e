package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.ReplyStream;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.HeldJournal;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.json.JsonReader;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.TableResolver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** Not a test: how fast one thread turns request bodies into encoded batches. Run its {@code main}. */
public final class RequestReaderThroughput {
    private static final Logger LOG = LoggerFactory.getLogger(RequestReaderThroughput.class);
    private static final int EVENTS = 1_000;
    private static final int ROUNDS = 12;
    private static final long ROUND_NS = 1_000_000_000L;

    private RequestReaderThroughput() {
    }

    public static void main(final String[] arguments) {
        final StringBuilder events = new StringBuilder();
        final SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < EVENTS; i++) {
            events.append(i == 0 ? "" : ",").append(event(random));
        }
        final byte[] body = ("{\"namespace\":\"shop\",\"table\":\"orders\",\"events\":[" + events + "]}").getBytes(StandardCharsets.UTF_8);
        LOG.info("{} bytes an event", body.length / EVENTS);
        final ByteBuf buffer = Unpooled.directBuffer(body.length).writeBytes(body);

        final JsonReader json = new JsonReader();
        final EventReader eventReader = new EventReader(json);
        final EventRow row = new EventRow();
        measure("read into rows", body.length, () -> {
            json.wrap(buffer);
            json.beginObject();
            json.readName();
            json.skipValue();
            json.nextMember();
            json.readName();
            json.skipValue();
            json.nextMember();
            json.readName();
            json.beginArray();
            long count = 0;
            do {
                eventReader.read(row);
                count += row.dimensionCount() + row.metricCount();
            } while (json.nextElement());
            return count;
        });
        measure("skip", body.length, () -> {
            json.wrap(buffer);
            json.skipValue();
            return json.position();
        });

        final FakeControl control = new FakeControl(1);
        control.ensureTable("shop", "orders", List.of("country", "device", "page", "customer"), List.of("amount", "items", "ms"));
        final HeldJournal journal = new HeldJournal(16);
        final EmbeddedChannel channel = new EmbeddedChannel();
        final IngestFlow.Context context = new IngestFlow.Context(new TableResolver(control, control), journal.proxy(),
            new Admission(new ClientBudget("gateway.max-in-flight", 1L << 30)), () -> RestHarness.NOW_US, RequestReaderThroughput::fail,
            ROUND_NS);
        final RestLoop loop = new RestLoop(context, new RestMetrics(ProcessMetrics.local()), channel.eventLoop());
        measure("from request to answer", body.length, () -> {
            loop.onRequest(new BodyOnly(buffer), true);
            final long length = journal.first().lengthBytes();
            journal.complete(IngestOutcome.OK);
            channel.runPendingTasks();
            return length;
        });
    }

    private static void fail(final Throwable e) {
        throw new IllegalStateException(e);
    }

    private static String event(final SplittableRandom random) {
        final String dimensions =
            String.format(Locale.ROOT, "\"country\":\"c%02d\",\"device\":\"d%d\",\"page\":\"/p/%04d\",\"customer\":\"u-%06d\"",
            random.nextInt(50), random.nextInt(5), random.nextInt(1_000), random.nextInt(100_000));
        final String metrics = String.format(Locale.ROOT, "\"amount\":%d.%02d,\"items\":%d,\"ms\":%d",
            random.nextInt(1_000), random.nextInt(100), random.nextInt(1, 9), random.nextInt(10, 99));
        return String.format(Locale.ROOT, "{\"event_id\":\"e-%08x\",\"event_time\":%d,\"dimensions\":{%s},\"metrics\":{%s}}",
            random.nextInt(), RestHarness.NOW_US - random.nextInt(1_000_000), dimensions, metrics);
    }

    private static void measure(final String what, final int bodyBytes, final LongSupplier operation) {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        double best = 0;
        long sink = 0;
        long allocated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
            final long cpuBefore = threads.getCurrentThreadCpuTime();
            final long startNs = System.nanoTime();
            long requests = 0;
            while (System.nanoTime() - startNs < ROUND_NS) {
                sink += operation.getAsLong();
                requests++;
            }
            // By the thread's processor time: other work on the machine does not count.
            final double seconds = (threads.getCurrentThreadCpuTime() - cpuBefore) / 1e9;
            best = Math.max(best, requests * EVENTS / seconds);
            allocated = (threads.getCurrentThreadAllocatedBytes() - allocatedBefore) / requests;
        }
        LOG.info("{}: {} M events/s, {} MB/s, {} bytes allocated a request ({})", what, String.format(Locale.ROOT, "%.2f", best / 1e6),
            Math.round(best * bodyBytes / EVENTS / 1e6), allocated, sink & 1);
    }

    private record BodyOnly(ByteBuf body) implements HttpExchange {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/v1/batch";
        }

        @Override
        public String pathParameter(final String name) {
            return null;
        }

        @Override
        public String queryParameter(final String name) {
            return null;
        }

        @Override
        public Principal principal() {
            return Principal.ANONYMOUS;
        }

        @Override
        public ReplyStream stream(final int status, final String contentType, final ReplyStream.Listener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String header(final String name) {
            return null;
        }

        @Override
        public EventLoop eventLoop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void hold(final long bytes) {
        }

        @Override
        public long countedBytes() {
            return 0;
        }

        @Override
        public void reply(final int status, final String contentType, final ByteBuf replyBody) {
            replyBody.release();
        }

        @Override
        public void replyJson(final int status, final String text) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void problem(final Problem problem) {
            throw new UnsupportedOperationException(problem.toString());
        }
    }
}
