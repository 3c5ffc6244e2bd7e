package io.truenow.gateway.edge.line;

import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.gateway.edge.rest.RestEdge;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.IngestCounters;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.FakeJournal;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.TableResolver;
import io.truenow.testing.Await;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A third edge on the ingest core has what the others have: the same batches, codes, waits and limits. */
class LineEdgeTest {
    private static final long T = 1_764_000_000_000_000L;

    private final FakeControl control = new FakeControl(4);
    private final FakeJournal journal = new FakeJournal(64);
    private final ClientBudget budget = new ClientBudget("gateway.max-in-flight", 1 << 20);
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final Counters counters = new Counters();
    private final EventLoopGroup loop = EventLoops.create(1);
    private final IngestFlow.Context context = new IngestFlow.Context(new TableResolver(control, control), journal.proxy(),
        new Admission(budget), () -> T, errors::add, TimeUnit.SECONDS.toNanos(30));
    private LineEdge edge;
    private Socket socket;
    private BufferedReader replies;

    @BeforeEach
    void start() throws IOException {
        edge = new LineEdge(context, counters, loop);
        socket = new Socket("127.0.0.1", edge.port());
        replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() throws IOException {
        socket.close();
        edge.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        journal.close();
        assertEquals(0, budget.usedBytes());
        assertTrue(errors.isEmpty(), () -> errors.peek().toString());
    }

    @Test
    void theSameEventsMakeTheSameBatchesAsByRest() throws IOException, InterruptedException {
        send("shop orders 1 " + T + " country=DE amount:1.5", "shop orders 2 " + (T - 5) + " country=München device=phone",
            "shop visits 3 " + T + " page=/a=b");
        assertEquals("ok 3 3", replies.readLine());
        assertEquals(3, counters.accepted.get());
        final List<byte[]> byLines = journaled();
        try (HttpEdge http = HttpEdge.launch(new HttpEdge.Context().serviceName("gateway").maxBodyBytes(1 << 16).eventLoops(loop)
            .metrics(ProcessMetrics.local()).errors(errors::add).budget(budget).busyCode(ProblemCode.GATEWAY_BUSY)
            .routes(new RestEdge(context, ProcessMetrics.local())::addRoutes)); HttpClient client = HttpClient.newHttpClient()) {
            final String body = String.format(Locale.ROOT, """
                {"namespace":"shop","events":[
                 {"table":"orders","event_id":1,"event_time":%d,"dimensions":{"country":"DE"},"metrics":{"amount":1.5}},
                 {"table":"orders","event_id":2,"event_time":%d,"dimensions":{"country":"München","device":"phone"}},
                 {"table":"visits","event_id":3,"event_time":%d,"dimensions":{"page":"/a=b"}}]}""", T, T - 5, T);
            assertEquals(202, client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.port() + "/v1/batch"))
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.discarding()).statusCode());
        }
        final List<byte[]> byRest = journaled();
        assertEquals(byLines.size(), byRest.size());
        int rows = 0;
        for (int i = 0; i < byRest.size(); i++) {
            final UnsafeBuffer line = new UnsafeBuffer(byLines.get(i));
            final BatchView view = new BatchView().wrap(line, 0, line.capacity());
            assertTrue(view.isValid());
            rows += view.rowCount();
            // they came one after the other
            BatchPosition.assign(line, 0, 0, 0, 0, 0, 0);
            BatchPosition.assign(new UnsafeBuffer(byRest.get(i)), 0, 0, 0, 0, 0, 0);
            assertArrayEquals(byRest.get(i), byLines.get(i));
        }
        assertEquals(3, rows);
    }

    @Test
    void whatIsWrongIsToldByEventAndWithTheSameCodes() throws IOException {
        send("shop orders 1 " + T + " country=DE",
            "shop orders 2 1 country=DE",
            "sh/op orders 3 " + T,
            "shop orders 4 soon",
            "shop orders 5 " + T + " amount:much",
            "shop orders 6 " + T + " country",
            "shop orders " + "7".repeat(257) + ' ' + T,
            "shop orders 8 " + (T + 61_000_000) + " country=DE",
            "shop orders 9 " + T + " country=" + "x".repeat(1_025),
            "shop orders 10 " + T + " country=DE country=FR");
        final List<String> codes = new ArrayList<>();
        String reply = replies.readLine();
        while (reply.startsWith("rejected ")) {
            codes.add(reply.split(" ")[1] + ' ' + reply.split(" ")[2]);
            reply = replies.readLine();
        }
        assertEquals("ok 10 1", reply);
        assertEquals(List.of("2 event_too_old", "3 invalid_namespace", "4 invalid_event_time", "5 invalid_metric", "6 unknown_field",
            "7 invalid_event_id", "8 event_in_future", "9 invalid_dimension", "10 duplicate_field"), codes);
        send("shop orders x 1");
        assertTrue(replies.readLine().startsWith("rejected 1 event_too_old"));
        assertEquals("error events_rejected No event was acceptable.", replies.readLine());
        socket.getOutputStream().write(new byte[]{'a', (byte) 0xC2, '\n'});
        assertEquals("error malformed_request Lines must be UTF-8.", replies.readLine());
        assertEquals(1, journaled().size());
    }

    @Test
    void newTablesAreWaitedForAndWhatControlRefusesIsTold() throws IOException {
        control.hold(true);
        final int calls = control.calls();
        send("shop fresh 1 " + T + " a=b", "closed fresh 2 " + T + " a=b");
        Await.until("control is asked", () -> control.calls() == calls + 2);
        assertEquals(0, journal.queued());
        control.hold(false);
        assertTrue(replies.readLine().startsWith("rejected 2 table_creation_forbidden table "));
        assertEquals("ok 2 1", replies.readLine());
    }

    @Test
    void aGatewayThatHoldsTooMuchOrCannotJournalSaysSo() throws IOException {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        final long others = budget.limitBytes() * 85 / 100 + 1;
        budget.take(others);
        send("shop orders 1 " + T + " country=DE");
        assertTrue(replies.readLine().startsWith("error gateway_busy The gateway holds 85 % of gateway.max-in-flight"));
        assertEquals(1, counters.busy.get());
        budget.giveBack(others);
        journal.outcome(IngestOutcome.JOURNAL_FULL);
        send("shop orders 1 " + T + " country=DE");
        assertEquals("error journal_full", replies.readLine());
        journal.outcome(IngestOutcome.OK);
        send("shop orders 1 " + T + " country=DE");
        assertEquals("ok 1 1", replies.readLine());
        assertEquals(1, counters.accepted.get());
    }

    /** The sender's lines stay in its socket. */
    @Test
    void aConnectionIsNotReadWhileItsRequestIsOnItsWay() throws IOException {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        journal.pause(true);
        send("shop orders 1 " + T);
        Await.until("with the journal", () -> journal.queued() == 1);
        assertTrue(budget.usedBytes() > 0);
        send("shop orders 2 " + T, "shop orders 3 " + T);
        try (Socket other = new Socket("127.0.0.1", edge.port())) {
            other.getOutputStream().write(("shop orders 4 " + T + '\n').getBytes(StandardCharsets.UTF_8));
            Await.until("the other's with the journal", () -> journal.queued() == 2);
        }
        journal.pause(false);
        assertEquals("ok 1 1", replies.readLine());
        assertEquals("ok 2 2", replies.readLine());
    }

    private void send(final String... lines) throws IOException {
        socket.getOutputStream().write((String.join("\n", lines) + '\n').getBytes(StandardCharsets.UTF_8));
    }

    private List<byte[]> journaled() {
        final List<byte[]> batches = new ArrayList<>();
        for (byte[] batch = journal.pollBatch(); batch != null; batch = journal.pollBatch()) {
            batches.add(batch);
        }
        return batches;
    }

    private static final class Counters implements IngestCounters {
        private final AtomicInteger accepted = new AtomicInteger();
        private final AtomicInteger busy = new AtomicInteger();

        @Override
        public void onAccepted(final int events) {
            accepted.addAndGet(events);
        }

        @Override
        public void onBusy() {
            busy.incrementAndGet();
        }
    }
}
