package io.truenow.tools.rest;

import io.truenow.tools.FakeService;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RestClientTest {
    @Test
    void tellsWhatTheServiceAnswered() throws IOException {
        try (FakeService service = new FakeService().answer("/a", 202, "{\"x\":1}")
            .answer("/busy", 503, "no json", Map.of("Retry-After", "7"));
            RestClient client = new RestClient(Duration.ofSeconds(5))) {
            final RestAnswer good = client.get(service.url() + "/a");
            assertEquals(202, good.status());
            assertTrue(good.isSuccess());
            assertEquals(1, good.json().path("x").asInt());
            assertEquals(0, good.retryAfterSeconds());
            final RestAnswer busy = client.post(service.url() + "/busy", "{\"y\":2}");
            assertFalse(busy.isSuccess());
            assertEquals(7, busy.retryAfterSeconds());
            assertTrue(busy.json().isMissingNode());
            assertEquals(202, client.postAsync(service.url() + "/a", "[3]").join().status());
            assertEquals(List.of("", "{\"y\":2}", "[3]"), service.bodies());
        }
    }

    @Test
    void aServiceThatIsAwayIsAnIoException() {
        final String url;
        try (FakeService service = new FakeService()) {
            url = service.url();
        }
        try (RestClient client = new RestClient(Duration.ofSeconds(5))) {
            assertThrows(IOException.class, () -> client.get(url));
            final CompletionException failure = assertThrows(CompletionException.class, () -> client.postAsync(url, "{}").join());
            assertInstanceOf(IOException.class, failure.getCause());
        }
    }
}
