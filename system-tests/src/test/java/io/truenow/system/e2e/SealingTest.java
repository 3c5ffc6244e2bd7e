package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.Loader;
import io.truenow.system.load.SpanWalk;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Mounts;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Segments on their way into files: killed at any point of it, and with no room for them. */
@Tag("system")
class SealingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 3;
    private static final int SPANS = 12;
    private static final int EVENTS_PER_SPAN = 300;
    private static final long BURST_NS = 150_000_000L;
    private static final String SEALED = "hot-tier/sealed";

    @Test
    void isKilledWhileSegmentsAreWritten() {
        final RandomGenerator random = Seeds.random("killedWhileWritten");
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("sealing-kill"))
            .set("hot-tier.seal-after", "0s").start()) {
            final Path lane = deployment.dataDirectory(Deployment.STANDALONE).resolve(SEALED).resolve("lane-0/1");
            final TableModel model = new TableModel();
            final Loader loader = new Loader(deployment, "sealing", "events");
            final SpanWalk walk = new SpanWalk(random, "s", hoursAgo(12), ROUNDS * SPANS, EVENTS_PER_SPAN).repeating();
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < SPANS; i++) {
                    loader.send(walk.next(EVENTS_PER_SPAN));
                }
                model.addAll(loader.acknowledged());
                final Set<Path> before = names(lane);
                Await.until("a file is written", LIMIT, () -> !before.containsAll(names(lane)));
                LockSupport.parkNanos(random.nextLong(BURST_NS));
                deployment.kill(Deployment.STANDALONE);
                deployment.restart(Deployment.STANDALONE);
                new Answers(deployment, "sealing", "events").allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
            }
            assertFalse(names(lane).isEmpty());
        }
    }

    @Test
    void aFullDiskIsWaitedFor() throws Exception {
        final Path directory = TestDirectories.fresh("sealing-full");
        final Deployment deployment = Deployment.standalone(directory).set("hot-tier.seal-after", "0s");
        final Path sealed = Files.createDirectories(deployment.dataDirectory(Deployment.STANDALONE).resolve(SEALED));
        Mounts.tmpfs(sealed, "200k");
        try (deployment) {
            deployment.expectReported("the sealer agent failed; what it was to do is tried again").start();
            final Loader loader = new Loader(deployment, "sealing", "full");
            final SpanWalk walk = new SpanWalk(Seeds.random("fullDisk"), "f", hoursAgo(6), SPANS, 4 * EVENTS_PER_SPAN);
            for (int i = 0; i < SPANS - 2; i++) {
                loader.send(walk.next(4 * EVENTS_PER_SPAN));
            }
            Await.until("there is no room for a file", LIMIT, () -> !segments(deployment).path("seal_failure").isNull());
            loader.send(walk.next(4 * EVENTS_PER_SPAN));
            final TableModel model = new TableModel();
            model.addAll(loader.acknowledged());
            final Answers answers = new Answers(deployment, "sealing", "full");
            answers.allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            answers.allMustBe(model, walk.startUs(), walk.endUs(), loader.token());

            Await.until("it has tried again", LIMIT, () -> deployment.metric("hot-tier", "truenow_hot_tier_seal_failures_total") > 0);
            Mounts.resize(sealed, "50m");
            Await.until("all that is quiet is in files", LIMIT, () -> segments(deployment).path("frozen").asLong() == 0
                && segments(deployment).path("sealed").asLong() >= SPANS - 1);
            assertTrue(segments(deployment).path("seal_failure").isNull());
            loader.send(walk.next(EVENTS_PER_SPAN));
            model.addAll(loader.acknowledged());
            answers.allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
        } finally {
            Mounts.remove(sealed);
        }
    }

    private static JsonNode segments(final Deployment deployment) {
        return deployment.get("hot-tier", "/status").json().path("lanes").path(0).path("segments");
    }

    /** Of segment files, finished or not. */
    private static Set<Path> names(final Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().contains(".tns")).collect(Collectors.toSet());
        } catch (final NoSuchFileException e) {
            return Set.of();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long hoursAgo(final int hours) {
        return WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(hours);
    }
}
