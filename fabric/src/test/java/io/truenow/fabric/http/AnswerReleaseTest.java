package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Every buffer that an exchange was given or took is let go once, whoever answers first and whether anybody is left to read it. */
class AnswerReleaseTest {
    private static final int BUDGET_BYTES = 1 << 21;

    private final EventLoopGroup loops = EventLoops.create(1);
    private final ExecutorService others = Executors.newFixedThreadPool(2);
    private final ConcurrentLinkedQueue<ByteBuf> buffers = new ConcurrentLinkedQueue<>();
    private final List<HttpExchange> kept = new CopyOnWriteArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private HttpEdge edge;

    @BeforeEach
    void launch() {
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
            .errors(errors::add).maxBodyBytes(1 << 20).budget(new ClientBudget("test.max-in-flight", BUDGET_BYTES)).routes(router -> router
                .route("POST", "/large", Access.WRITE, exchange -> {
                    buffers.add(exchange.body());
                    final ByteBuf large = Unpooled.directBuffer(2 * BUDGET_BYTES).writeZero(2 * BUDGET_BYTES);
                    buffers.add(large);
                    exchange.reply(200, "text/plain", large);
                })
                .route("POST", "/twice", Access.WRITE, exchange -> {
                    buffers.add(exchange.body());
                    exchange.reply(200, "text/plain", text("first"));
                    exchange.reply(500, "text/plain", text("second"));
                    exchange.reply(500, "text/plain", text("third"));
                })
                .route("POST", "/problem", Access.WRITE, exchange -> {
                    buffers.add(exchange.body());
                    exchange.problem(Problem.of(ProblemCode.INVALID_BODY, "first"));
                    exchange.reply(200, "text/plain", text("second"));
                })
                .route("POST", "/race", Access.WRITE, exchange -> {
                    buffers.add(exchange.body());
                    others.execute(() -> exchange.reply(200, "text/plain", text("first")));
                    others.execute(() -> exchange.reply(200, "text/plain", text("other")));
                })
                .route("POST", "/keep", Access.WRITE, exchange -> {
                    buffers.add(exchange.body());
                    kept.add(exchange);
                })));
    }

    @AfterEach
    void close() {
        others.close();
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        assertEquals(List.of(), errors);
    }

    @Test
    void aSecondAnswerIsReleasedAndNotSent() throws Exception {
        assertEquals("first", ask("/twice"));
        assertReleased(4);
    }

    @Test
    void anAnswerBehindAProblemIsReleased() throws Exception {
        assertTrue(ask("/problem").contains("\"code\":\"invalid_body\""));
        assertReleased(2);
    }

    @Test
    void anAnswerThatThereIsNoRoomForIsReleased() throws Exception {
        assertTrue(ask("/large").contains("\"status\":503"));
        assertReleased(2);
    }

    @Test
    void ofTwoThreadsThatAnswerOneLosesAndReleases() throws Exception {
        for (int i = 0; i < 50; i++) {
            final String answer = ask("/race");
            assertTrue("first".equals(answer) || "other".equals(answer), answer);
        }
        assertReleased(150);
    }

    @Test
    void anAnswerThatNobodyIsLeftForIsReleased() throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            client.send(request("/keep"));
            Await.until("asked", () -> kept.size() == 1);
            // who only says that no more comes is still answered
            client.reset();
        }
        Await.until("the client has gone", () -> !kept.getFirst().isOpen());
        kept.getFirst().reply(200, "text/plain", text("late"));
        kept.getFirst().reply(200, "text/plain", text("later"));
        assertReleased(3);
    }

    private String ask(final String path) throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            client.send(request(path));
            final String answer = client.readAnswer();
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    private static String request(final String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    }

    private ByteBuf text(final String text) {
        final ByteBuf buffer = Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        buffers.add(buffer);
        return buffer;
    }

    private void assertReleased(final int count) {
        Await.until("all buffers are known", () -> buffers.size() == count);
        Await.until("all buffers are let go", () -> buffers.stream().allMatch(buffer -> buffer.refCnt() == 0));
        assertEquals(count, new ArrayList<>(buffers).size());
    }
}
