package io.truenow.fabric.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** HTTP/2 in clear text with prior knowledge, on the port of HTTP/1.1, against what HTTP/1.1 answers. */
class Http2EdgeTest {
    private static final int MAX_BODY_BYTES = 2_000_000;

    private final EventLoopGroup loops = EventLoops.create(2);
    private final ExecutorService others = Executors.newFixedThreadPool(2);
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<HttpExchange> kept = new CopyOnWriteArrayList<>();
    private HttpEdge edge;
    private StreamsClient client;

    @BeforeEach
    void launch() {
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
            .errors(errors::add).maxBodyBytes(MAX_BODY_BYTES).routes(router -> router
                .route("POST", "/echo", Access.WRITE, exchange -> exchange.reply(200, "text/plain", exchange.body().retain()))
                .route("POST", "/later", Access.WRITE, exchange -> others.execute(
                    () -> exchange.reply(200, "text/plain", exchange.body().retainedSlice())))
                .route("GET", "/things/{id}", Access.READ, Set.of("q"), exchange -> exchange.replyJson(200,
                    exchange.pathParameter("id") + '|' + exchange.queryParameter("q") + '|' + exchange.header("X-Table")))
                .route("GET", "/kept", Access.READ, kept::add)
                .route("GET", "/busy", Access.READ, exchange -> exchange.problem(Problem.of(ProblemCode.JOURNAL_FULL, "full")))
                .route("GET", "/empty", Access.READ, exchange -> exchange.reply(200, "text/plain", Unpooled.EMPTY_BUFFER))
                .route("GET", "/fails", Access.READ, exchange -> {
                    throw new IllegalStateException("of no use");
                })));
        client = new StreamsClient(edge.port());
    }

    @AfterEach
    void close() {
        client.close();
        others.close();
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void answersWhatHttp1Answers() throws Exception {
        try (HttpClient old = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (final String request : List.of("GET /", "GET /ready", "GET /things/a%20b?q=x+y", "GET /things/1?p=2", "GET /things/%zz",
                "GET /nothing", "DELETE /ready", "GET /busy", "GET /fails", "GET /empty", "HEAD /things/1", "POST /echo", "PUT /echo")) {
                final String method = request.substring(0, request.indexOf(' '));
                final String path = request.substring(request.indexOf(' ') + 1);
                final StreamsClient.Answer answer = client.open(method, path, true, "x-table", "clicks").await();
                if ("/things/%zz".equals(path)) {
                    // the other client does not let us ask for it
                    assertTrue(answer.body().contains("malformed_uri"), answer.body());
                    continue;
                }
                final HttpResponse<String> expected = old.send(HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + edge.port() + path)).header("X-Table", "clicks")
                    .method(method, HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
                assertEquals(Integer.toString(expected.statusCode()), answer.status(), request);
                assertEquals(expected.body(), answer.body(), request);
                for (final String name : List.of("content-type", "content-length", "retry-after", "allow")) {
                    assertEquals(expected.headers().firstValue(name).orElse(null), answer.header(name), request + ' ' + name);
                }
                assertTrue(answer.header("date").endsWith(" GMT"), answer.header("date"));
            }
        }
        assertEquals(2, errors.size(), "the route that fails, by both");
        assertTrue(client.isOpen());
    }

    @Test
    void echoesBodiesOfEverySize() {
        for (final int length : new int[]{0, 1, 4_096, 16_384, 65_535, 65_536, 200_000, MAX_BODY_BYTES}) {
            final String body = "x".repeat(length);
            assertEquals(body, client.post("/echo", body).body());
            final StreamsClient.Answer told = client.post("/later", body, "content-length", Integer.toString(length));
            assertEquals("200", told.status());
            assertEquals(body, told.body());
        }
        assertEquals("ok", client.post("/echo", "ok", "expect", "100-continue", "content-length", "2").body());
    }

    @Test
    void answersManyAtATime() {
        final RandomGenerator random = Seeds.random("Http2EdgeTest");
        for (int round = 0; round < 10; round++) {
            final List<String> bodies = new ArrayList<>();
            final List<StreamsClient.Answer> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                final String body = Integer.toString(i, 36).repeat(random.nextInt(random.nextInt(8) == 0 ? 100_000 : 9));
                bodies.add(body);
                answers.add(client.open("POST", random.nextBoolean() ? "/echo" : "/later", false));
            }
            for (int i = 0; i < 100; i++) {
                final int half = bodies.get(i).length() / 2;
                answers.get(i).send(bodies.get(i).substring(0, half), false).send(bodies.get(i).substring(half), true);
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(bodies.get(i), answers.get(i).await().body());
            }
        }
        assertEquals(List.of(), errors);
    }

    @Test
    void aSlowRequestHoldsUpNoOther() {
        final StreamsClient.Answer slow = client.open("GET", "/kept", true);
        Await.until("it is asked", () -> kept.size() == 1);
        assertEquals("b", client.post("/echo", "b").body());
        assertNull(slow.headers);
        kept.getFirst().replyJson(200, "1");
        assertEquals("1", slow.await().body());
    }

    @Test
    void aStreamThatIsResetIsSeenToBeGone() {
        final StreamsClient.Answer answer = client.open("GET", "/kept", true);
        Await.until("it is asked", () -> kept.size() == 1);
        assertTrue(kept.getFirst().isOpen());
        answer.reset();
        Await.until("it is gone", () -> !kept.getFirst().isOpen());
        kept.getFirst().replyJson(200, "late");
        assertEquals("b", client.post("/echo", "b").body());
    }

    @Test
    void refusesWhatIsTooLong() {
        final StreamsClient.Answer announced = client.open("POST", "/echo", false, "content-length", "2000001").await();
        assertEquals("413", announced.status());
        assertTrue(announced.body().contains("body_too_large"), announced.body());
        final StreamsClient.Answer grown = client.open("POST", "/echo", false);
        for (int i = 0; i < 21 && !grown.isEnded; i++) {
            grown.send("x".repeat(100_000), false);
        }
        assertEquals("413", grown.await().status());
        final StreamsClient.Answer path = client.get("/" + "a".repeat(20_000));
        assertEquals("414", path.status());
        assertTrue(path.body().contains("uri_too_long"), path.body());
        final StreamsClient.Answer headers = client.get("/ready", "x-long", "a".repeat(36_000));
        assertEquals("431", headers.status());
        assertTrue(headers.body().contains("headers_too_large"), headers.body());
        assertEquals("b", client.post("/echo", "b").body());
    }

    @Test
    void breaksOffMalformedRequests() {
        for (final String[] header : new String[][]{{"connection", "close"}, {"transfer-encoding", "chunked"}, {"Upper", "case"},
            {"content-length", "x"}}) {
            final StreamsClient.Answer answer = client.open("POST", "/echo", true, header).await();
            assertEquals(Http2Error.PROTOCOL_ERROR, answer.reset, header[0]);
            assertNull(answer.headers);
        }
        assertEquals(Http2Error.PROTOCOL_ERROR, client.open("GET", "no/slash", true).await().reset);
        assertEquals(Http2Error.PROTOCOL_ERROR, client.open("not a method", "/echo", true).await().reset);
        assertEquals(Http2Error.PROTOCOL_ERROR,
            client.open("POST", "/echo", false, "content-length", "3").send("four", true).await().reset);
        assertEquals("b", client.post("/echo", "b").body());
        assertEquals(List.of(), errors);
    }

    @Test
    void refusesMoreStreamsThanItAllows() {
        client.close();
        // one that has not heard of the limit
        client = new StreamsClient(edge.port(), 0, new Http2Settings(), false);
        final List<StreamsClient.Answer> all = new ArrayList<>();
        for (int i = 0; i < 140; i++) {
            all.add(client.open("GET", "/kept", true));
        }
        Await.until("the others are asked", () -> kept.size() == 128);
        client.read(true);
        Await.until("twelve are refused", () -> all.stream().filter(answer -> answer.reset == Http2Error.REFUSED_STREAM).count() == 12);
        assertEquals(128, kept.size());
        // streams that are broken off have their handlers still
        for (int i = 0; i < 50; i++) {
            all.get(i).reset();
        }
        Await.until("they are gone", () -> kept.stream().filter(exchange -> !exchange.isOpen()).count() == 50);
        assertEquals(Http2Error.REFUSED_STREAM, client.get("/ready").reset);
        kept.forEach(exchange -> exchange.replyJson(200, "1"));
        assertEquals("1", all.get(100).await().body());
        assertEquals("200", client.get("/ready").status());
    }

    @Test
    void saysGoodbyeWhenItCloses() {
        final StreamsClient.Answer lost = client.open("GET", "/kept", true);
        Await.until("it is asked", () -> kept.size() == 1);
        final long startNs = System.nanoTime();
        edge.close();
        client.awaitClosed();
        assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(4), "a request that is under way holds it up");
        assertEquals(Http2Error.NO_ERROR, client.goAway);
        assertFalse(lost.isEnded);
        kept.getFirst().replyJson(200, "nobody");
    }

    @Test
    void knowsThePrefaceByItsWhole() throws Exception {
        // in pieces it is one all the same; what only begins like it is HTTP/1.1
        try (RawClient raw = new RawClient(edge.port())) {
            for (final char c : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".toCharArray()) {
                raw.send(String.valueOf(c));
            }
            raw.send("\0\0\0\4\0\0\0\0\0");
            Await.until("the settings come", raw::hasAnswer);
        }
        for (final String other : List.of("PRI * HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n")) {
            try (RawClient raw = new RawClient(edge.port())) {
                final String answer = raw.send(other).finish().readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 4"), answer);
            }
        }
        try (RawClient raw = new RawClient(edge.port())) {
            assertTrue(raw.send("P").finish().isEnded());
        }
        try (RawClient raw = new RawClient(edge.port())) {
            raw.send("P");
            assertTrue(raw.send("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok").readAnswer().endsWith("\r\n\r\nok"));
        }
    }

    @Test
    void obeysTheClientsWindow() {
        client.close();
        client = new StreamsClient(edge.port(), 0, new Http2Settings().initialWindowSize(10), true);
        final StreamsClient.Answer answer = client.open("POST", "/echo", false);
        answer.reads = false;
        answer.send("x".repeat(25), true);
        Await.until("ten bytes come", () -> answer.length() == 10);
        assertEquals("b", client.post("/echo", "b").body());
        assertEquals(10, answer.length());
        answer.readOn();
        assertEquals("x".repeat(25), answer.await().body());
    }
}
