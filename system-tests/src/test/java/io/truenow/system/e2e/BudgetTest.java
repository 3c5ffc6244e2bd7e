package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.load.SpanWalk;
import io.truenow.system.model.Event;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Mounts;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** More events than the memory budget holds: the oldest spans leave, and where none may, ingest waits. */
@Tag("system")
class BudgetTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long BUDGET_BYTES = 16L << 20;
    private static final int SPANS = 130;
    private static final int EVENTS_PER_SPAN = 2_500;
    private static final int BATCH_EVENTS = 2_000;
    private static final int MORE = 10_000;
    private static final int EVENTS_PER_SECOND = 12_000;
    private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(8);

    @Test
    void theOldestSpansLeave() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("budget-spans"))
            .set("hot-tier.seal-after", "0s").set("hot-tier.region-size", "1MiB").set("hot-tier.memory-budget", "16MiB")
            .expectReported("the sealer agent failed; what it was to do is tried again").start()) {
            final SpanWalk walk = new SpanWalk(Seeds.random("budget"), "b",
                WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(22), SPANS, EVENTS_PER_SPAN);
            final Loader loader = new Loader(deployment, "budget", "events").mayBeTooOld();
            loader.begin(walk, BATCH_EVENTS);
            final PeakMemory peak = new PeakMemory(deployment);
            Await.until("the oldest spans leave", LIMIT, () -> availableFromUs(deployment) > walk.startUs());
            final int events = loader.acknowledgedCount() + MORE;
            Await.until("ingest goes on", LIMIT, () -> loader.acknowledgedCount() >= events);
            loader.finish();
            final long peakBytes = peak.end();
            // files of what is sealed early pass the limit until their rows have gone
            assertTrue(peakBytes > BUDGET_BYTES / 2 && peakBytes <= BUDGET_BYTES + BUDGET_BYTES / 4, peakBytes + " bytes were in use");

            final Answers answers = new Answers(deployment, "budget", "events");
            answers.ask(QuerySpec.count(walk.endUs() - SpanWalk.SPAN_US, walk.endUs()), loader.token());
            final long fromUs = settledFromUs(deployment);
            final RestAnswer refusal = deployment.post("query", "/v1/query",
                QuerySpec.count(fromUs - 1, walk.endUs()).toJson("budget", "events", loader.token()));
            assertEquals(422, refusal.status(), refusal.body());
            assertEquals("range_not_retained", refusal.json().path("code").asString(), refusal.body());
            assertEquals(fromUs, refusal.json().path("available_from_us").asLong(), refusal.body());

            final TableModel model = new TableModel();
            model.addAll(loader.acknowledged());
            answers.allMustBe(model, fromUs, walk.endUs(), loader.token());

            // what was let go stays away
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            answers.allMustBe(model, Math.max(fromUs, availableFromUs(deployment)), walk.endUs(), loader.token());
            assertTrue(availableFromUs(deployment) >= fromUs);
        }
    }

    @Test
    void ingestWaitsWhereNothingMayLeave() throws Exception {
        final Deployment deployment = Deployment.standalone(TestDirectories.fresh("budget-full"))
            .set("hot-tier.region-size", "1MiB").set("hot-tier.memory-budget", "16MiB");
        final Path sealed = Files.createDirectories(deployment.dataDirectory(Deployment.STANDALONE).resolve("hot-tier/sealed"));
        Mounts.tmpfs(sealed, "64k");
        try (deployment) {
            deployment.expectReported("the sealer agent failed; what it was to do is tried again")
                .expectReported("cannot be written: No space left").start();
            final Loader loader = new Loader(deployment, "budget", "full");
            final long startUs = WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(1);
            // all of spans that may not leave: what is acknowledged before the lane is found to be stalled must fit as files
            loader.begin(new EventStream(Seeds.random("budgetFull"), "w", 1_000_000), BATCH_EVENTS, EVENTS_PER_SECOND);
            // of a span that stays: an older one would be refused as too old
            final Event probe = new Event("probe", WallClock.INSTANCE.microTime(), Map.of(), Map.of());
            final boolean[] isProbeKept = {false};
            Await.until("ingest is refused", LIMIT, () -> {
                final RestAnswer answer = deployment.post("gateway", "/v1/ingest",
                    "{\"namespace\":\"budget\",\"table\":\"full\"," + probe.toJson().substring(1));
                isProbeKept[0] |= answer.status() == 202;
                return answer.status() == 503 && answer.retryAfterSeconds() > 0
                    && answer.json().path("code").asString().equals("hot_tier_stalled");
            });
            Mounts.resize(sealed, "100m");
            final int events = loader.acknowledgedCount() + 1;
            Await.until("ingest goes on", LIMIT, () -> loader.acknowledgedCount() >= events);
            loader.finish();
            final TableModel model = new TableModel();
            model.addAll(loader.acknowledged());
            if (isProbeKept[0]) {
                model.addAll(List.of(probe));
            }
            final long fromUs = Math.max(startUs + SpanWalk.SPAN_US, availableFromUs(deployment));
            new Answers(deployment, "budget", "full").allMustBe(model, fromUs, WallClock.INSTANCE.microTime(), loader.token());
        } finally {
            Mounts.remove(sealed);
        }
    }

    /** From when on rows are available when nothing has to leave any more, also while what is over and quiet is sealed. */
    private static long settledFromUs(final Deployment deployment) {
        final long[] from = {availableFromUs(deployment), System.nanoTime()};
        Await.until("nothing has to leave any more", LIMIT, () -> {
            final long now = availableFromUs(deployment);
            if (now != from[0] || !hasRoom(deployment)) {
                from[0] = now;
                from[1] = System.nanoTime();
            }
            return System.nanoTime() - from[1] > SETTLED_NS;
        });
        return from[0];
    }

    private static boolean hasRoom(final Deployment deployment) {
        final JsonNode status = deployment.get("hot-tier", "/status").json();
        final String pressure = status.path("memory").path("pressure").asString();
        return !pressure.equals("drop") && !pressure.equals("refuse")
            && status.path("lanes").path(0).path("segments").path("leaving").asLong() == 0;
    }

    private static long availableFromUs(final Deployment deployment) {
        return deployment.get("hot-tier", "/status").json().path("lanes").path(0).path("shards").path(0).path("available_from_us")
            .asLong(0);
    }
}
