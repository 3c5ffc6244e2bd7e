package io.truenow.fabric.service;

import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.time.WallClock;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TroublesTest {
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private long nowNs;
    private String reason;
    private final Troubles troubles = new Troubles("test", metrics, () -> nowNs, WallClock.INSTANCE)
        .add("disk_full", () -> reason).addSlow("peer_away", () -> reason);

    @Test
    void whatLastsIsTroubleUntilItHasBeenAwayForASecond() throws IOException {
        after(0, null);
        assertEquals(List.of(), names());
        after(100, "full");
        after(900, "full");
        assertEquals(List.of(), names(), "it may be over in a moment");
        after(900, null);
        after(900, "full");
        assertEquals(List.of(), names(), "it was over in between");
        after(1_000, "full");
        assertEquals(List.of("disk_full"), names());
        assertTrue(exposed().contains("truenow_trouble{service=\"test\",trouble=\"disk_full\"} 1.0"), exposed());
        after(4_000, "fuller");
        assertEquals(List.of("disk_full", "peer_away"), names());
        assertEquals("fuller", troubles.status().getFirst().get("reason"));
        after(900, null);
        assertEquals(2, names().size(), "it may come again in a moment");
        after(900, null);
        after(300, null);
        assertEquals(List.of(), names());
        assertTrue(exposed().contains("truenow_trouble{service=\"test\",trouble=\"disk_full\"} 0.0"), exposed());
    }

    private void after(final long ms, final String newReason) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
        reason = newReason;
        troubles.doWork();
    }

    private List<Object> names() {
        return troubles.status().stream().map(entry -> entry.get("trouble")).toList();
    }

    private String exposed() throws IOException {
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.expose(text);
        return text.toString(StandardCharsets.UTF_8);
    }
}
