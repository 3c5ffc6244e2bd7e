package io.truenow.perf.load;

import com.sun.net.httpserver.HttpServer;
import io.truenow.perf.BenchFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The load generator against a plain HTTP server that reads what it sends. */
class RestLoadTest {
    private final JsonMapper mapper = new JsonMapper();
    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private final AtomicLong amounts = new AtomicLong();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int refuseEvery = Integer.MAX_VALUE;
    private volatile int status = 202;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/", exchange -> {
            final JsonNode body = mapper.readTree(exchange.getRequestBody().readAllBytes());
            final int answer = requests.incrementAndGet() % refuseEvery == 0 ? 503 : status;
            int events = 0;
            if (answer == 202) {
                if (body.has("events")) {
                    for (final JsonNode event : body.get("events")) {
                        take(event);
                        events++;
                    }
                } else {
                    take(body);
                }
            }
            final byte[] reply = ("{\"status\":\"x\",\"events_accepted\":" + events + '}').getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(answer, reply.length);
            exchange.getResponseBody().write(reply);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void countsWhatTheServerTook() throws InterruptedException {
        refuseEvery = 7;
        for (final int batch : new int[]{10, 1}) {
            ids.clear();
            amounts.set(0);
            final RestLoad.Sent sent = new RestLoad(new RestLoad.Plan(uri(), "n", "t", 2, batch, batch == 1 ? 4 : 1, 0)).run(5, 10, 400);
            assertEquals(ids.size(), sent.events());
            assertEquals(amounts.get(), sent.amountSum());
            assertTrue(sent.events() >= 400 && sent.retries() > 0, sent.toString());
            assertTrue(sent.minTimeUs() <= sent.maxTimeUs());
        }
    }

    @Test
    void fallsSilentAboutNothing() {
        status = 400;
        assertThrows(BenchFailure.class, () -> new RestLoad(new RestLoad.Plan(uri(), "n", "t", 1, 10, 1, 0)).run(0, 10, 100));
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void take(final JsonNode event) {
        assertEquals(3, event.get("dimensions").size());
        ids.add(event.get("event_id").stringValue());
        amounts.addAndGet(event.get("metrics").get("amount").longValue());
    }
}
