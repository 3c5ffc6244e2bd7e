package io.truenow.tools.process;

import io.truenow.tools.FakeService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code truenow start} says "ready" when every service does, and not before. */
class ReadinessTest {
    private static final String HOST = "127.0.0.1";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "200|{}|null",
        "503|{\"ready\":false,\"reason\":\"no lane\"}|no lane",
        "503|{}|not ready",
        "500|{\"reason\":\"cut|not ready",
        "204|{}|not ready",
        "404|200|not ready"})
    void aServiceIsReadyIfItAnswersTwoHundred(final int status, final String body, final String whyNot) {
        try (FakeService service = new FakeService().answer("/ready", status, status == 204 ? "" : body)) {
            assertEquals(whyNot, ReadyProbe.whyNotReady(HOST, service.port()));
        }
    }

    @Test
    void aPortThatDoesNotAnswerIsNotReady() throws IOException {
        final int port;
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = silent.getLocalPort();
            // connected, but nobody answers
            assertTrue(ReadyProbe.whyNotReady(HOST, port).startsWith("port " + port + ": "));
        }
        assertTrue(ReadyProbe.whyNotReady(HOST, port).startsWith("port " + port + ": "));
    }

    @Test
    void oneServiceThatAnswersFiveHundredAndThreeIsEnough() {
        try (FakeService good = new FakeService().answer("/ready", 200, "{}");
            FakeService waiting = new FakeService().answer("/ready", 503, "{\"reason\":\"no journal\"}")) {
            final Map<String, Integer> ports = new LinkedHashMap<>();
            ports.put("control", good.port());
            assertNull(Readiness.whyNot(HOST, ports));
            for (final String role : List.of("hot-tier", "gateway", "query")) {
                ports.put("hot-tier", good.port());
                ports.put("gateway", good.port());
                ports.put("query", good.port());
                assertNull(Readiness.whyNot(HOST, ports));
                ports.put(role, waiting.port());
                assertEquals(role + ": no journal", Readiness.whyNot(HOST, ports));
            }
        }
    }

    @Test
    void waitsUntilNothingIsInTheWay() throws InterruptedException {
        final Queue<String> reasons = new ArrayDeque<>(List.of("a", "b", "c"));
        final List<Long> pauses = new ArrayList<>();
        assertNull(Readiness.await(reasons::poll, timeoutMs -> {
            pauses.add(timeoutMs);
            return false;
        }, text -> { }));
        assertEquals(List.of(5L, 5L, 5L), pauses);
    }

    @Test
    void aStopEndsTheWaitWithTheReason() throws InterruptedException {
        final int[] pauses = {0};
        assertEquals("no leader", Readiness.await(() -> "no leader", timeoutMs -> ++pauses[0] == 3, text -> { }));
        assertEquals(3, pauses[0]);
        // ready at once: nothing is waited for
        assertNull(Readiness.await(() -> null, timeoutMs -> ++pauses[0] == 0, text -> { }));
        assertEquals(3, pauses[0]);
    }
}
