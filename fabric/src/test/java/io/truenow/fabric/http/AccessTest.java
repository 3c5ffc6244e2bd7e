package io.truenow.fabric.http;

import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.access.Authenticator;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who may ask for what, over both protocols. */
class AccessTest {
    private static final Map<String, Principal> KEYS = Map.of(
        "Bearer reader", Principal.known("reader", Set.of(Access.READ)),
        "Bearer admin", Principal.known("admin", EnumSet.allOf(Access.class)));

    private final EventLoopGroup loops = EventLoops.create(1);
    private final AtomicInteger handled = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final ClientBudget budget = new ClientBudget("test.max-in-flight", new ByteSize(4L << 20).bytes());
    private HttpEdge edge;
    private StreamsClient streams;

    @BeforeEach
    void launch() {
        launch(credentials -> {
            asked.incrementAndGet();
            return credentials == null ? Principal.anonymous(Set.of()) : KEYS.get(credentials);
        });
    }

    private void launch(final Authenticator authenticator) {
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
            .errors(errors::add).authenticator(authenticator).budget(budget).routes(router -> {
                for (final Access access : Access.values()) {
                    router.route("POST", "/" + access, access, exchange -> {
                        handled.incrementAndGet();
                        exchange.replyJson(200, exchange.principal().name());
                    });
                }
            }));
        streams = new StreamsClient(edge.port());
    }

    @AfterEach
    void close() {
        Await.until("nothing is held", () -> budget.usedBytes() == 0);
        streams.close();
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        assertEquals(List.of(), errors);
    }

    @Test
    void whoMayOnlyReadDoesNothingElse() throws Exception {
        assertEquals("200 reader", ask("READ", "Bearer reader"));
        for (final String other : List.of("WRITE", "ADMIN")) {
            assertEquals("403 forbidden", ask(other, "Bearer reader"));
            assertEquals("200 admin", ask(other, "Bearer admin"));
        }
        assertEquals(2 + 4, handled.get(), "a handler sees nobody else");
    }

    @Test
    void whoIsNotKnownIsToldSo() throws Exception {
        for (final String level : List.of("READ", "WRITE", "ADMIN")) {
            assertEquals("401 unauthenticated", ask(level, null));
            assertEquals("401 unauthenticated", ask(level, "Bearer nobody"));
        }
        assertEquals(0, handled.get());
        try (RawClient client = new RawClient(edge.port())) {
            client.send("POST /READ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertTrue(client.readAnswer().contains("www-authenticate: Bearer\r\n"));
        }
        assertEquals("Bearer", streams.post("/READ", "").header("www-authenticate"));
    }

    @Test
    void nobodyIsAskedForWhatIsPublic() throws Exception {
        assertEquals("200 anonymous", ask("PUBLIC", null));
        assertEquals("200 anonymous", ask("PUBLIC", "Bearer nobody"));
        for (final String path : List.of("/", "/health", "/ready", "/status", "/metrics")) {
            assertEquals("200", streams.get(path).status());
        }
        assertEquals("404", streams.get("/nothing").status());
        assertEquals("405", streams.get("/ADMIN").status());
        assertEquals(0, asked.get());
    }

    /** What is refused takes no room: its body is not read, and a long one ends the connection of HTTP/1.1. */
    @Test
    void isRefusedBeforeItsBody() throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            client.send("POST /WRITE HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(1_000));
            final String answer = client.readAnswer();
            assertTrue(answer.startsWith("HTTP/1.1 401 ") && answer.contains("connection: close"), answer);
            assertTrue(client.isEnded());
        }
        try (RawClient client = new RawClient(edge.port())) {
            client.send("POST /WRITE HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
            assertFalse(client.readAnswer().contains("connection: close"));
            client.send("dyPOST /PUBLIC HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertTrue(client.readAnswer().endsWith("anonymous"));
        }
        assertEquals("401", streams.open("POST", "/WRITE", false, "content-length", "1000000").await().status());
    }

    @Test
    void withoutKeysAnybodyMayDoEverything() throws Exception {
        streams.close();
        edge.close();
        launch(Authenticator.ANYBODY);
        for (final Access access : Access.values()) {
            assertEquals("200 anonymous", ask(access.name(), null));
            assertTrue(Principal.ANONYMOUS.may(access));
        }
        assertTrue(Principal.ANONYMOUS.isAnonymous());
    }

    private String ask(final String path, final String credentials) throws Exception {
        final String overStreams;
        final StreamsClient.Answer answer =
            credentials == null ? streams.post('/' + path, "body") : streams.post('/' + path, "body", "authorization", credentials);
        overStreams = answer.status() + ' ' + codeOf(answer.body());
        try (RawClient client = new RawClient(edge.port())) {
            client.send("POST /" + path + " HTTP/1.1\r\nHost: a\r\n" + (credentials == null ? "" : "Authorization: " + credentials + "\r\n")
                + "Content-Length: 4\r\n\r\nbody");
            final String whole = client.readAnswer();
            assertEquals(overStreams, whole.substring(9, 12) + ' ' + codeOf(whole.substring(whole.indexOf("\r\n\r\n") + 4)));
        }
        return overStreams;
    }

    private static String codeOf(final String body) {
        final int code = body.indexOf("\"code\":\"");
        return code < 0 ? body : body.substring(code + 8, body.indexOf('"', code + 8));
    }
}
