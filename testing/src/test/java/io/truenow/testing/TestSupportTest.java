package io.truenow.testing;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TestSupportTest {
    @Test
    void awaitsConditionsAndNamesThoseThatDoNotCome() {
        final int[] calls = new int[1];
        Await.doing("third call", () -> calls[0]++, () -> calls[0] == 3);
        assertEquals("value", Await.value("a value", () -> calls[0]++ < 5 ? null : "value"));
        assertTrue(assertThrows(AssertionError.class, () -> Await.until("pigs fly", Duration.ofMillis(5), () -> false))
            .getMessage().contains("pigs fly"));
    }

    @Test
    void namesWhatLeaked() {
        final Map<String, Long> bytes = new HashMap<>(Map.of("blocks", 10L, "ids", 5L));
        try (LeakGuard _ = LeakGuard.open(() -> bytes)) {
            bytes.put("cubes", 0L);
            assertEquals(3, bytes.size());
        }
        final LeakGuard guard = LeakGuard.open(() -> bytes);
        bytes.put("blocks", 12L);
        bytes.remove("ids");
        assertTrue(assertThrows(AssertionError.class, guard::close).getMessage().contains("{blocks=2, ids=-5}"));
    }

    @Test
    void findsDifferentPorts() {
        assertEquals(20, IntStream.of(FreePorts.next(20)).distinct().count());
    }
}
