package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.AnswerText;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The hot tier's lanes and where their memory is. */
@Tag("system")
class MemoryTest {
    private static final long SPREAD_US = TimeUnit.HOURS.toMicros(2);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void shardsSpreadOverTwoLanes() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("two-lanes"))) {
            deployment.set("hot-tier.lanes", "2").start();
            final long startUs = nowUs() - SPREAD_US;
            final List<String> tables = List.of("orders", "views", "clicks");
            final TableModel[] models = new TableModel[tables.size()];
            final String[] tokens = new String[tables.size()];
            for (int i = 0; i < models.length; i++) {
                final Loader loader = new Loader(deployment, "lanes", tables.get(i));
                final EventStream stream = new EventStream(Seeds.random("lanes." + tables.get(i)), "l", SPREAD_US);
                IntStream.range(0, 10).forEach(n -> loader.send(stream.next(300)));
                models[i] = new TableModel();
                models[i].addAll(loader.acknowledged());
                tokens[i] = loader.token();
            }
            final long endUs = nowUs();
            for (int i = 0; i < models.length; i++) {
                new Answers(deployment, "lanes", tables.get(i)).allMustBe(models[i], startUs, endUs, tokens[i]);
            }
            final JsonNode lanes = deployment.get("hot-tier", "/status").json().path("lanes");
            assertEquals(2, lanes.size());
            for (final JsonNode lane : lanes) {
                assertTrue(lane.path("shards_owned").asInt() > 0, lanes.toString());
                assertTrue(lane.path("bytes").path("rows").asLong() > 0, lanes.toString());
            }
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            for (int i = 0; i < models.length; i++) {
                new Answers(deployment, "lanes", tables.get(i)).allMustBe(models[i], startUs, endUs, tokens[i]);
            }
        }
    }

    @Test
    void fullSharedMemoryIsToldAndWaitedFor() throws Exception {
        final Path directory = TestDirectories.fresh("full-memory");
        final Path shared = Files.createDirectories(directory.resolve("shared"));
        Mounts.tmpfs(shared, "40m");
        try (Deployment deployment = Deployment.standalone(directory)) {
            deployment.set("hot-tier.region-directory", shared.toString()).set("hot-tier.region-size", "1MiB");
            deployment.launch(Deployment.STANDALONE);
            deployment.mustEnd(Deployment.STANDALONE, 1);
            final String output = Files.readString(directory.resolve("standalone.log"));
            assertTrue(output.contains("truenow: no space left for a region in " + shared), output);

            // room for five regions beside what is left to media drivers
            Mounts.resize(shared, "53m");
            deployment.start();
            final long startUs = nowUs() - SPREAD_US;
            final Loader loader = new Loader(deployment, "full", "orders").mayBeTooOld();
            final EventStream stream = new EventStream(Seeds.random("fullSharedMemory"), "f", SPREAD_US);
            Await.until("the lane waits for room", LIMIT, () -> {
                loader.send(stream.next(2_000));
                return deployment.metric("hot-tier", "truenow_hot_tier_room_refusals_total") > 0;
            });
            assertTrue(deployment.metric("hot-tier", "truenow_hot_tier_region_refusals") > 0);
            assertTrue(deployment.process(Deployment.STANDALONE).isAlive());

            Mounts.resize(shared, "200m");
            final TableModel model = new TableModel();
            model.addAll(loader.acknowledged());
            final Answers answers = new Answers(deployment, "full", "orders");
            final long endUs = nowUs();
            // under pressure the oldest spans go; what a query may ask for moves until the lane has caught up
            Await.until("an answer over what is retained", LIMIT, () -> {
                final QuerySpec query = QuerySpec.count(Math.max(startUs, availableFromUs(deployment)), endUs);
                final RestAnswer answer = deployment.post("query", "/v1/query", query.toJson("full", "orders", loader.token()));
                if (answer.status() == 200) {
                    assertEquals(model.answer(query), AnswerText.of(answer.json()));
                }
                return answer.status() == 200;
            });
            assertTrue(deployment.process(Deployment.STANDALONE).isAlive());
        } finally {
            Mounts.remove(shared);
        }
    }

    private static long availableFromUs(final Deployment deployment) {
        long fromUs = 0;
        for (final JsonNode lane : deployment.get("hot-tier", "/status").json().path("lanes")) {
            for (final JsonNode shard : lane.path("shards")) {
                fromUs = Math.max(fromUs, shard.path("available_from_us").asLong(0));
            }
        }
        return fromUs;
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }
}
