package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.Loader;
import io.truenow.system.load.SpanWalk;
import io.truenow.system.load.Watcher;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The hot tier is killed while events come, spans are sealed and queries run. What it has in regions and files is there at once, and is not
 * fed again.
 */
@Tag("system")
class RestartTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int BATCH_EVENTS = 100;
    private static final int EVENTS_PER_SECOND = 2_500;
    private static final int EVENTS_PER_SPAN = 1_000;
    private static final int SPANS = 60;
    private static final int SEALS = 3;
    private static final int MORE = 1_500;

    @Test
    void hotTierIsKilledThriceAndThenLosesItsRegions() {
        final Path directory = TestDirectories.fresh("restart-roles");
        try (Deployment deployment = Deployment.byRole(directory).set("hot-tier.seal-after", "0s").start()) {
            final TableModel model = new TableModel();
            final SpanWalk walk = killUnderIngest(deployment, "hot-tier", 2, model);

            // on a slow machine all that came before is in files by now
            final Loader last = new Loader(deployment, "restart", "events");
            last.send(walk.next(BATCH_EVENTS));
            // as after a reboot: only what is in files is there, the journal feeds the rest
            deployment.kill("hot-tier");
            model.addAll(last.acknowledged());
            IoUtil.delete(directory.resolve("regions").toFile(), false);
            deployment.restart("hot-tier");
            new Answers(deployment, "restart", "events").allMustBe(model, walk.startUs(), walk.endUs(), null);
            final double applied = deployment.metric("hot-tier", "truenow_hot_tier_rows_applied_total");
            assertTrue(applied > 0 && applied < model.size(), applied + " rows of " + model.size() + " were fed again and not in files");
        }
    }

    @Test
    void standaloneIsKilledTwice() {
        final Path directory = TestDirectories.fresh("restart-standalone");
        try (Deployment deployment = Deployment.standalone(directory).set("hot-tier.seal-after", "0s").start()) {
            final RepeatedEvents repeated = new RepeatedEvents(deployment);
            repeated.createTables();
            killUnderIngest(deployment, Deployment.STANDALONE, 1, new TableModel());
            repeated.sendAgain();
        }
    }

    private static SpanWalk killUnderIngest(final Deployment deployment, final String role, final int kills, final TableModel model) {
        final SpanWalk walk = new SpanWalk(Seeds.random("restart"), "r",
            WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(14), SPANS, EVENTS_PER_SPAN).repeating();
        final Loader loader = new Loader(deployment, "restart", "events");
        final Answers answers = new Answers(deployment, "restart", "events");
        for (int i = 0; i < kills; i++) {
            loader.begin(walk, BATCH_EVENTS, EVENTS_PER_SECOND);
            final Watcher watcher = new Watcher(deployment, loader, "restart", "events", walk.startUs(), walk.endUs()).begin();
            Await.until("spans are sealed", LIMIT, () -> deployment.metric("hot-tier", "truenow_hot_tier_seals_total") >= SEALS);
            awaitMore(loader, watcher);
            deployment.kill(role);
            deployment.restart(role);
            awaitMore(loader, watcher);
            loader.finish();
            watcher.finish();
            model.addAll(loader.acknowledged());
            assertEquals(loader.acknowledgedCount(), model.size());
            answers.allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
        }

        // nothing has come since: all of it is in regions and files
        deployment.kill(role);
        deployment.restart(role);
        answers.allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
        final double fed = fed(deployment);
        assertTrue(fed < model.size() / 10.0, fed + " rows of " + model.size() + " were fed again");
        final long taken = deployment.process(role).output().lines().filter(line -> line.contains("took over ")).count();
        assertEquals(kills + 1, taken, "starts that took over rows");
        return walk;
    }

    private static double fed(final Deployment deployment) {
        return deployment.metric("hot-tier", "truenow_hot_tier_rows_applied_total")
            + deployment.metric("hot-tier", "truenow_hot_tier_rows_repeated_total");
    }

    private static void awaitMore(final Loader loader, final Watcher watcher) {
        final int events = loader.acknowledgedCount() + MORE;
        final int answers = watcher.answers() + 3;
        Await.until("events are acknowledged and queries answered", LIMIT,
            () -> loader.acknowledgedCount() >= events && watcher.answers() >= answers);
    }
}
