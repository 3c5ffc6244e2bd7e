package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.process.Deployment;
import io.truenow.system.process.JavaProcess;
import io.truenow.testing.Await;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Clients that are slow, many or half gone, against a process with small budgets. */
@Tag("system")
class ClientBoundsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int BODY_BYTES = 1 << 20;
    private static final int SENT_BYTES = BODY_BYTES / 16 * 15;
    private static final long GATEWAY_BYTES = 6L << 20;
    private static final long QUERY_BYTES = 16L << 20;
    private static final int CONNECTIONS = 60;
    private static final int GROUPS = 12_000;
    private static final int BATCHES = 6;
    /** More than the kernel takes for a client that does not read. */
    private static final int ANSWER_BYTES = 5_000_000;
    private static final Path DIRECTORY = TestDirectories.fresh("client-bounds");
    private static Deployment deployment;

    @BeforeAll
    static void start() {
        deployment = Deployment.standalone(DIRECTORY)
            .set("gateway.max-body", "1MiB").set("gateway.max-in-flight", "6MiB")
            .set("query.max-answer", "12MiB").set("query.max-in-flight", "16MiB")
            .set("http.max-connections", Integer.toString(CONNECTIONS)).set("http.reserved-connections", "4")
            .set("http.header-timeout", "2s").set("http.body-timeout", "2s").set("http.reply-timeout", "2s")
            .expect("WARN Refusals - ").expect("WARN AcceptPause - ").start();
    }

    @AfterAll
    static void stop() {
        deployment.close();
    }

    @Test
    void uploadsThatStopTakeTheirShareAndNoMore() throws Exception {
        final String upload = Connections.post("/v1/batch", "x".repeat(SENT_BYTES), BODY_BYTES);
        final int[] answers = new int[2];
        try (Connections connections = new Connections(deployment.url("gateway"))) {
            final List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                sockets.add(connections.open());
            }
            sockets.stream().map(socket -> Thread.ofPlatform().start(() -> Connections.send(socket, upload))).toList()
                .forEach(ClientBoundsTest::join);
            assertHeld("gateway", GATEWAY_BYTES);
            for (final Socket socket : sockets) {
                final String answer = Connections.answer(socket);
                final boolean isBusy = answer.startsWith("HTTP/1.1 503 ") && answer.contains("gateway_busy")
                    && answer.contains("retry-after: 1");
                assertTrue(isBusy || answer.startsWith("HTTP/1.1 408 ") && answer.contains("request_timeout"), answer);
                answers[isBusy ? 0 : 1]++;
                assertHeld("gateway", GATEWAY_BYTES);
            }
        }
        assertTrue(answers[0] > 0 && answers[1] > 0, answers[0] + " were busy, " + answers[1] + " too slow");
        assertEquals(answers[0], refused("gateway", "no_room"));
        assertEquals(answers[1], refused("gateway", "body_timeout"));
        assertEquals(202, deployment.post("gateway", "/v1/ingest", event("bounds", "after", "1", "a")).status());
    }

    @Test
    void answersThatAreNotReadTakeTheirShareAndNoMore() throws Exception {
        for (int first = 0; first < GROUPS; first += GROUPS / BATCHES) {
            final String events = IntStream.range(first, first + GROUPS / BATCHES)
                .mapToObj(i -> event("bounds", "groups", "g" + i, i + "-".repeat(200))).collect(Collectors.joining(","));
            final RestAnswer ingested = deployment.post("gateway", "/v1/batch?ack=applied", "{\"events\":[" + events + "]}");
            assertEquals(202, ingested.status(), ingested.body());
        }
        final String query = query("groups", "value");
        final int answerBytes = deployment.post("query", "/v1/query", query).body().length();
        assertTrue(answerBytes > ANSWER_BYTES, answerBytes + " bytes");
        try (Connections connections = new Connections(deployment.url("query"))) {
            for (int i = 0; i < 12; i++) {
                Connections.send(connections.open(), Connections.post("/v1/query", query, query.length()));
            }
            Await.until("answers are refused", LIMIT, () -> {
                assertHeld("query", QUERY_BYTES);
                return refused("query", "no_room_for_answer") > 0;
            });
            Await.until("those who do not read are cut off", LIMIT, () -> {
                assertHeld("query", QUERY_BYTES);
                return refused("query", "reply_timeout") > 0;
            });
        }
        Await.until("what they held is free", LIMIT, () -> deployment.post("query", "/v1/query", query).status() == 200);
    }

    @Test
    void whoEndsItsInputIsAnswered() throws Exception {
        try (Connections gateway = new Connections(deployment.url("gateway"));
            Connections queries = new Connections(deployment.url("query"))) {
            final String event = event("bounds", "half", "1", "a");
            final Socket ingest = gateway.open();
            Connections.send(ingest, Connections.post("/v1/ingest?ack=applied", event, event.length()));
            ingest.shutdownOutput();
            final String accepted = Connections.answer(ingest);
            assertTrue(accepted.startsWith("HTTP/1.1 202 ") && accepted.contains("\"ack\":\"applied\""), accepted);
            final String question = query("half", "value");
            final Socket query = queries.open();
            Connections.send(query, Connections.post("/v1/query", question, question.length()));
            query.shutdownOutput();
            final String answer = Connections.answer(query);
            assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains("\"a\""), answer);
        }
    }

    @Test
    void healthIsAnsweredWhenAllConnectionsAreTaken() throws Exception {
        try (Connections connections = new Connections(deployment.url("gateway"))) {
            for (int i = 0; i < 2 * CONNECTIONS; i++) {
                connections.open();
            }
            for (final String path : List.of("/health", "/ready", "/metrics")) {
                final Socket monitoring = connections.open();
                Connections.send(monitoring, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
                assertTrue(Connections.answer(monitoring).startsWith("HTTP/1.1 200 "));
            }
            final Socket other = connections.open();
            Connections.send(other, Connections.post("/v1/ingest", "{}", 2));
            final String answer = Connections.answer(other);
            assertTrue(answer.startsWith("HTTP/1.1 503 ") && answer.contains("too_many_connections"), answer);
            assertTrue(refused("gateway", "connections") > CONNECTIONS / 2);
        }
    }

    @Test
    void outOfDescriptorsItGoesOnWithWhatItHas() throws Exception {
        final JavaProcess process = deployment.process(Deployment.STANDALONE);
        final long open = (long) deployment.metric("gateway", "process_open_fds");
        final long most = (long) deployment.metric("gateway", "process_max_fds");
        Assumptions.assumeTrue(limitFiles(process, open + 12, most), "no prlimit");
        final int linesBefore = process.output().length();
        try (Connections connections = new Connections(deployment.url("gateway"))) {
            final Socket served = connections.open();
            for (int i = 0; i < 40; i++) {
                connections.open();
            }
            final String event = event("bounds", "after", "2", "a");
            Await.until("nothing can be accepted", LIMIT, () -> {
                // the connection that is there is served all the while
                Connections.send(served, Connections.post("/v1/ingest?ack=applied", event, event.length()));
                assertTrue(exchange(served).startsWith("HTTP/1.1 202 "));
                Connections.send(served, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
                return exchange(served).lines().anyMatch(line -> line.startsWith("truenow_http_accept_failures_total{service=\"gateway\"}")
                    && !line.endsWith(" 0.0") && !line.endsWith(" 1.0"));
            });
            final List<String> lines = process.output().substring(linesBefore).lines().toList();
            assertEquals(1, lines.stream().filter(line -> line.contains("AcceptPause - gateway: ") && line.contains("LimitNOFILE")).count(),
                String.join("\n", lines));
            assertTrue(lines.stream().noneMatch(line -> line.startsWith("\tat ")), String.join("\n", lines));
        } finally {
            assertTrue(limitFiles(process, most, most));
        }
        Await.until("it accepts again", LIMIT, () -> isAnswered("/health"));
    }

    @Test
    void aStartWithTooFewDescriptorsSaysSoInOneLine() throws Exception {
        Assumptions.assumeTrue(run("prlimit", "--version"), "no prlimit");
        final Path directory = TestDirectories.fresh("few-descriptors");
        try (JavaProcess process = JavaProcess.startBy(List.of("prlimit", "--nofile=120:120"), "few", directory,
            List.of("start", "--data-dir", directory.resolve("data").toString()))) {
            assertEquals(1, process.exitCode());
            // the Java machine's own warning, which the launcher keeps back, is none of ours
            final List<String> lines = process.output().lines()
                .filter(line -> !line.startsWith("TrueNow ") && !line.startsWith("WARNING: Using incubator")).toList();
            assertEquals(1, lines.size(), process.output());
            assertTrue(lines.getFirst().matches("truenow: this process may have 120 files open and needs \\d+ .*LimitNOFILE=\\d+.*"),
                process.output());
        }
    }

    private static boolean isAnswered(final String path) {
        try {
            return deployment.client().get(deployment.url("gateway") + path).status() == 200;
        } catch (final IOException e) {
            return false;
        }
    }

    private static String exchange(final Socket socket) {
        try {
            return Connections.answer(socket);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertHeld(final String service, final long limitBytes) {
        // the request that asks is held too
        final double held = deployment.metric(service, "truenow_http_client_bytes{service=\"" + service + "\"}");
        assertTrue(held <= limitBytes + 64 * 1_024, held + " bytes are held");
    }

    private static long refused(final String service, final String reason) {
        return (long) deployment.metric(service, "truenow_http_refused_total{reason=\"" + reason + "\",service=\"" + service + "\"}");
    }

    private static String event(final String namespace, final String table, final String id, final String value) {
        return "{\"namespace\":\"" + namespace + "\",\"table\":\"" + table + "\",\"event_id\":\"" + id + "\",\"event_time\":"
            + WallClock.INSTANCE.microTime() + ",\"dims\":{\"value\":\"" + value + "\"},\"metrics\":{\"amount\":1}}";
    }

    private static String query(final String table, final String groupBy) {
        final long nowUs = WallClock.INSTANCE.microTime();
        return "{\"namespace\":\"bounds\",\"table\":\"" + table + "\",\"start_time\":" + (nowUs - TimeUnit.HOURS.toMicros(1))
            + ",\"end_time\":" + (nowUs + TimeUnit.MINUTES.toMicros(1)) + ",\"group_by\":[\"" + groupBy + "\"],\"aggregate\":\"count\"}";
    }

    private static boolean limitFiles(final JavaProcess process, final long soft, final long hard) {
        return run("prlimit", "--pid", Long.toString(process.pid()), "--nofile=" + soft + ':' + hard);
    }

    private static boolean run(final String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                .waitFor() == 0;
        } catch (final IOException e) {
            return false;
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
