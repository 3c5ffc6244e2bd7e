package io.truenow.fabric.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.JsonText;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.process.PortTakenException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HttpEdgeTest {
    private static final int MAX_BODY_BYTES = 200_000;
    private static EventLoopGroup eventLoops;
    private static HttpClient client;
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<HttpExchange> kept = new CopyOnWriteArrayList<>();
    private final ExecutorService otherThread = Executors.newSingleThreadExecutor();
    private volatile String whyNotReady;
    private HttpEdge edge;

    @BeforeAll
    static void startLoops() {
        eventLoops = EventLoops.create(2);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stopLoops() {
        client.close();
        eventLoops.shutdownGracefully();
    }

    @BeforeEach
    void launch() {
        edge = HttpEdge.launch(context());
    }

    @AfterEach
    void close() {
        otherThread.close();
        edge.close();
    }

    private HttpEdge.Context context() {
        return new HttpEdge.Context()
            .serviceName("test").portKey("test.http-port").eventLoops(eventLoops).metrics(ProcessMetrics.local())
            .errors(errors::add).maxBodyBytes(MAX_BODY_BYTES).readiness(() -> whyNotReady)
            .status(() -> Map.of("lanes", 2))
            .routes(router -> router
                .route("POST", "/echo", Access.WRITE, exchange -> exchange.reply(200, "text/plain", exchange.body().retain()))
                .route("GET", "/things/{id}/parts/{part}", Access.READ, Set.of("q", "quiet"), exchange -> exchange.replyJson(200,
                    exchange.pathParameter("id") + '|' + exchange.pathParameter("part") + '|' + exchange.queryParameter("q")))
                .route("GET", "/things/{id}", Access.READ, exchange -> exchange.replyJson(200, exchange.header("X-Table")))
                .route("GET", "/later", Access.READ, exchange -> otherThread.execute(() -> exchange.replyJson(200, "\"later\"")))
                .route("GET", "/kept", Access.READ, kept::add)
                .route("GET", "/twice", Access.READ, exchange -> {
                    exchange.replyJson(200, "1");
                    exchange.replyJson(500, "2");
                    exchange.problem(Problem.of(ProblemCode.INTERNAL_ERROR, "third"));
                })
                .route("GET", "/fails", Access.READ, exchange -> {
                    throw new IllegalStateException("of no use");
                })
                .route("GET", "/busy", Access.READ, exchange -> exchange.problem(
                    Problem.of(ProblemCode.JOURNAL_FULL, "Say \"when\"\n\u0001é.")))
                .route("GET", "/invalid", Access.READ, exchange -> exchange.problem(
                    Problem.ofField(ProblemCode.INVALID_LIMIT, "limit", "no"))));
    }

    private HttpResponse<String> get(final String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).header("X-Table", "\"clicks\"").build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(final String path) {
        return URI.create("http://127.0.0.1:" + edge.port() + path);
    }

    @Test
    void listensOnAddressesOfBothKinds() throws Exception {
        // the operating system of a test may have no IPv6: then there is nothing to look at
        Assumptions.assumeTrue(hasIpv6());
        try (HttpEdge both = HttpEdge.launch(context().host("::")); HttpEdge six = HttpEdge.launch(context().host("[::1]"));
            HttpEdge four = HttpEdge.launch(context().host("0.0.0.0"))) {
            assertEquals(200, statusOf("http://[::1]:" + six.port()));
            assertThrows(ConnectException.class, () -> statusOf("http://127.0.0.1:" + six.port()));
            assertEquals(200, statusOf("http://127.0.0.1:" + four.port()));
            assertThrows(ConnectException.class, () -> statusOf("http://[::1]:" + four.port()));
            assertEquals(200, statusOf("http://[::1]:" + both.port()));
            assertEquals(200, statusOf("http://127.0.0.1:" + both.port()));
        }
    }

    @Test
    void saysWhyItCannotListen() {
        assertEquals("cannot listen on nosuch.invalid (test.http-port): there is no such host",
            assertThrows(IllegalStateException.class, () -> HttpEdge.launch(context().host("nosuch.invalid"))).getMessage());
        final String elsewhere =
            assertThrows(IllegalStateException.class, () -> HttpEdge.launch(context().host("192.0.2.1").port(1))).getMessage();
        assertTrue(elsewhere.startsWith("cannot listen on 192.0.2.1:1 (test.http-port): "), elsewhere);
    }

    private static int statusOf(final String url) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(url + "/health")).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode();
    }

    private static boolean hasIpv6() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress("::1", 0));
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    @Test
    void saysAtItsRootWhatItIsAndWhichPathsItHas() throws Exception {
        final HttpResponse<String> root = get("/");
        assertEquals(200, root.statusCode());
        final JsonNode json = new JsonMapper().readTree(root.body());
        assertEquals("TrueNow", json.get("product").asString());
        assertEquals("test", json.get("service").asString());
        assertTrue(json.hasNonNull("version"));
        final List<String> paths = json.get("paths").valueStream().map(JsonNode::asString).toList();
        assertEquals(List.of("GET /", "GET /busy", "POST /echo", "GET /fails", "GET /health"), paths.subList(0, 5));
        assertTrue(paths.containsAll(List.of("GET /metrics", "GET /things/{id}/parts/{part}", "GET /things/{id}")), root.body());
        assertTrue(root.body().lines().count() > 3, "people read it");
        assertEquals(404, get("//").statusCode());
    }

    @Test
    void answersWhatEveryServiceAnswers() throws Exception {
        final HttpResponse<String> health = get("/health");
        assertEquals(200, health.statusCode());
        assertTrue(health.body().matches(
            "\\{\"status\":\"ok\",\"service\":\"test\",\"uptime\":[0-9.]+,\"version\":\"[0-9][^\"]+\"}"), health.body());
        assertEquals(200, get("/ready").statusCode());
        whyNotReady = "waiting for the catalog";
        assertEquals(503, get("/ready").statusCode());
        assertTrue(get("/ready").body().contains("waiting for the catalog"));
        assertTrue(get("/status").body().contains("\"lanes\":2"));
        final HttpResponse<String> metrics = get("/metrics");
        assertEquals("text/plain; version=0.0.4; charset=utf-8", metrics.headers().firstValue("content-type").orElseThrow());
        assertTrue(metrics.body().contains(
            "truenow_http_requests_total{method=\"GET\",route=\"/ready\",service=\"test\"} 3.0"), metrics.body());
        assertTrue(metrics.body().contains("jvm_memory_heap_used_bytes"));
    }

    @Test
    void routesByPathAndMethod() throws Exception {
        assertEquals("a b|c+d|x y", get("/things/a%20b/parts/c+d?q=x+y").body());
        assertEquals("\"clicks\"", get("/things/7").body());
        assertEquals(404, get("/things/").statusCode());
        assertEquals(404, get("/nothing").statusCode());
        assertEquals("application/problem+json", get("/nothing").headers().firstValue("content-type").orElseThrow());
        final HttpResponse<String> wrongMethod = client.send(
            HttpRequest.newBuilder(uri("/health")).DELETE().build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(405, wrongMethod.statusCode());
        assertEquals("GET, HEAD", wrongMethod.headers().firstValue("allow").orElseThrow());
        assertTrue(wrongMethod.body().contains("\"code\":\"method_not_allowed\""));
    }

    @Test
    void tellsProblems() throws Exception {
        final HttpResponse<String> busy = get("/busy");
        assertEquals(503, busy.statusCode());
        assertEquals("5", busy.headers().firstValue("retry-after").orElseThrow());
        assertEquals("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"journal_full\","
            + "\"detail\":\"Say \\\"when\\\"\\n\\u0001é.\"}", busy.body());
        assertTrue(get("/invalid").body().endsWith(",\"field\":\"limit\"}"));
        assertEquals("1", get("/twice").body());
        final HttpResponse<String> failed = get("/fails");
        assertEquals(500, failed.statusCode());
        assertTrue(failed.body().contains("\"code\":\"internal_error\""));
        assertEquals("of no use", errors.getFirst().getMessage());
    }

    @Test
    void echoesBodiesOfEverySize() throws Exception {
        for (final int length : new int[]{0, 1, 4_096, 4_097, 65_536, MAX_BODY_BYTES}) {
            final String body = "x".repeat(length);
            for (final boolean chunked : new boolean[]{false, true}) {
                final HttpRequest.BodyPublisher publisher = chunked
                    ? HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(body))
                    : HttpRequest.BodyPublishers.ofString(body);
                final HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri("/echo")).POST(publisher).build(), HttpResponse.BodyHandlers.ofString());
                assertEquals(200, answer.statusCode());
                assertEquals(body, answer.body());
            }
        }
    }

    @Test
    void refusesBodiesThatAreTooLong() throws Exception {
        try (RawClient raw = new RawClient(edge.port())) {
            raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200001\r\n\r\n" + "x".repeat(1_000));
            assertTrue(raw.readAnswer().startsWith("HTTP/1.1 413 "));
            assertTrue(raw.isEnded());
        }
        try (RawClient raw = new RawClient(edge.port())) {
            raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 6; i++) {
                raw.send("9c40\r\n" + "x".repeat(40_000) + "\r\n");
            }
            final String answer = raw.readAnswer();
            assertTrue(answer.startsWith("HTTP/1.1 413 ") && answer.contains("body_too_large"), answer);
        }
    }

    @Test
    void asksForTheBodyOfAClientThatExpectsTo() throws Exception {
        try (RawClient raw = new RawClient(edge.port())) {
            raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", raw.readAnswer());
            assertTrue(raw.send("ok").readAnswer().endsWith("\r\n\r\nok"));
        }
    }

    @Test
    void answersMalformedRequestsWith400() throws Exception {
        for (final String malformed : List.of("GARBAGE\r\n\r\n", "GET /health\r\n\r\n\r\n", "\0\1\2\3\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "GET /health HTTP/1.1\r\nbad header\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
            try (RawClient raw = new RawClient(edge.port())) {
                final String answer = raw.send(malformed).readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 400 ") && answer.contains("malformed_http"), malformed + answer);
                assertTrue(raw.isEnded());
            }
        }
        try (RawClient raw = new RawClient(edge.port())) {
            assertTrue(raw.send("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n").readAnswer().startsWith("HTTP/1.1 414 "));
        }
    }

    @Test
    void keepsTheOrderOfPipelinedRequests() throws Exception {
        try (RawClient raw = new RawClient(edge.port())) {
            final StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                requests.append("GET ").append(i % 3 == 0 ? "/later" : "/things/" + i).append(" HTTP/1.1\r\nHost: a\r\nX-Table: ").append(i)
                    .append("\r\n\r\n");
            }
            requests.append("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nend");
            raw.send(requests.toString());
            for (int i = 0; i < 500; i++) {
                assertTrue(raw.readAnswer().endsWith(i % 3 == 0 ? "\r\n\r\n\"later\"" : "\r\n\r\n" + i));
            }
            assertTrue(raw.readAnswer().endsWith("end"));
            assertTrue(raw.isEnded());
        }
    }

    @Test
    void answersHeadWithoutABodyAndOldClientsToo() throws Exception {
        try (RawClient raw = new RawClient(edge.port())) {
            final String head = raw.send("HEAD /things/1 HTTP/1.1\r\nHost: a\r\nX-Table: 123\r\n\r\n").readHead();
            assertTrue(head.contains("content-length: 3\r\n") && head.contains("\r\ndate: "), head);
            assertTrue(raw.send("GET /things/1 HTTP/1.0\r\nX-Table: old\r\nConnection: keep-alive\r\n\r\n").readAnswer()
                .contains("connection: keep-alive"));
            assertTrue(raw.send("GET /things/1 HTTP/1.0\r\nX-Table: old\r\n\r\n").readAnswer().endsWith("old"));
            assertTrue(raw.isEnded());
        }
    }

    @Test
    void survivesClientsThatLeave() throws Exception {
        try (RawClient raw = new RawClient(edge.port())) {
            raw.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\nGET /kept HTTP/1.1\r\n");
            while (kept.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        kept.getFirst().reply(200, "text/plain", Unpooled.copiedBuffer("nobody", StandardCharsets.US_ASCII));
        assertEquals(200, get("/health").statusCode());
        assertTrue(errors.isEmpty());
    }

    @Test
    void namesTheKeyOfATakenPort() {
        final HttpEdge.Context second = context().port(edge.port());
        final PortTakenException e = assertThrows(PortTakenException.class, () -> HttpEdge.launch(second));
        assertEquals("port " + edge.port() + " on 127.0.0.1 is taken by another process: stop it or set test.http-port to a free port",
            e.getMessage());
        final HttpEdge.Context elsewhere = context().host("203.0.113.1");
        assertTrue(assertThrows(IllegalStateException.class, () -> HttpEdge.launch(elsewhere)).getMessage().contains("203.0.113.1"));
    }

    @Test
    void writesJsonText() {
        for (final long value : new long[]{0, 9, 10, -1, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE, 1_000_000_000_000_000_000L}) {
            final var buffer = Unpooled.buffer();
            JsonText.writeLong(buffer, value);
            assertEquals(Long.toString(value), buffer.toString(StandardCharsets.US_ASCII));
        }
        final var buffer = Unpooled.buffer();
        JsonText.writeString(buffer, "\ud83d\ude00\\\"\t\u001f/é");
        assertEquals("\"\ud83d\ude00\\\\\\\"\\t\\u001f/é\"", buffer.toString(StandardCharsets.UTF_8));
        assertFalse(ByteBufUtil.hexDump(buffer).isEmpty());
    }
}
