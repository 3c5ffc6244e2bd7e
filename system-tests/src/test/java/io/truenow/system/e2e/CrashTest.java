package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code kill -9} under ingest: every acknowledged event is there afterwards, once. */
@Tag("system")
class CrashTest {
    private static final long SPREAD_US = TimeUnit.HOURS.toMicros(1);
    private static final int BATCH_EVENTS = 50;
    private static final int EVENTS_BETWEEN = 3_000;

    @Test
    void standaloneIsKilledTwice() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("crash-standalone")).start()) {
            killUnderIngest(deployment, Deployment.STANDALONE, Deployment.STANDALONE);
        }
    }

    @Test
    void eachRoleIsKilled() {
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("crash-roles")).start()) {
            killUnderIngest(deployment, "hot-tier", "gateway", "query", "control", "hot-tier");
        }
    }

    private static void killUnderIngest(final Deployment deployment, final String... roles) {
        final long startUs = nowUs() - SPREAD_US - TimeUnit.MINUTES.toMicros(1);
        final Loader loader = new Loader(deployment, "crash", "events");
        loader.begin(new EventStream(Seeds.random("killUnderIngest"), "k", SPREAD_US), BATCH_EVENTS);
        for (final String role : roles) {
            awaitMore(loader);
            deployment.kill(role);
            deployment.restart(role);
        }
        awaitMore(loader);
        loader.finish();
        final TableModel model = new TableModel();
        model.addAll(loader.acknowledged());
        assertTrue(model.size() > roles.length * EVENTS_BETWEEN);
        final Answers answers = new Answers(deployment, "crash", "events");
        answers.allMustBe(model, startUs, nowUs(), loader.token());

        // and after a start that nothing was written before
        for (final String role : new LinkedHashSet<>(List.of(roles))) {
            deployment.stop(role);
            deployment.restart(role);
        }
        answers.allMustBe(model, startUs, nowUs(), loader.token());
    }

    private static void awaitMore(final Loader loader) {
        final int wanted = loader.acknowledgedCount() + EVENTS_BETWEEN;
        Await.until(wanted + " events acknowledged", () -> loader.acknowledgedCount() >= wanted);
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }
}
