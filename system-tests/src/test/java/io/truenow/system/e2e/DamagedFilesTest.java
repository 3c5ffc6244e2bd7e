package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.Loader;
import io.truenow.system.load.SpanWalk;
import io.truenow.system.model.AnswerText;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Segment files that are damaged while the process is away: their rows come from the journal, or are told to be missing. */
@Tag("system")
class DamagedFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SPANS = 10;
    private static final int EVENTS_PER_SPAN = 400;
    private static final String TABLE = "events";
    private static final String DAMAGED = " is damaged: ";

    private final Path directory = TestDirectories.fresh("damaged-files");
    private final RandomGenerator random = Seeds.random("damagedFiles");
    private final TableModel model = new TableModel();
    private final SpanWalk walk = new SpanWalk(
        random, "d", WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(6), SPANS, EVENTS_PER_SPAN);

    @Test
    void rowsComeFromTheJournalOrAreToldToBeMissing() throws IOException {
        try (Deployment deployment = Deployment.standalone(directory).set("hot-tier.seal-after", "0s").expect(DAMAGED).start()) {
            final Loader loader = new Loader(deployment, "damage", TABLE);
            for (int i = 0; i < SPANS; i++) {
                loader.send(walk.next(EVENTS_PER_SPAN));
            }
            model.addAll(loader.acknowledged());
            awaitAllInFiles(deployment);

            deployment.kill(Deployment.STANDALONE);
            final List<Path> files = segmentFiles();
            assertTrue(files.size() >= SPANS, files.toString());
            try (FileChannel channel = FileChannel.open(files.get(1), StandardOpenOption.WRITE)) {
                channel.truncate(random.nextLong(channel.size()));
            }
            flipBit(files.get(4));
            final Path unfinished = Files.write(
                files.get(2).resolveSibling(files.get(2).getFileName() + ".tmp"), Files.readAllBytes(files.get(2)));
            deployment.restart(Deployment.STANDALONE);
            new Answers(deployment, "damage", TABLE).allMustBe(model, walk.startUs(), walk.endUs(), loader.token());
            assertFalse(Files.exists(unfinished));
            assertEquals(List.of(files.get(1), files.get(4)), complaints(files));
            awaitAllInFiles(deployment);

            // what came back is not told again
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            new Answers(deployment, "damage", TABLE).allMustBe(model, walk.startUs(), walk.endUs(), null);
            assertEquals(2, complaints(files).size());

            // nobody can feed these again
            deployment.kill(Deployment.STANDALONE);
            IoUtil.delete(deployment.dataDirectory(Deployment.STANDALONE).resolve("gateway/journal").toFile(), false);
            flipBit(files.get(6));
            deployment.restart(Deployment.STANDALONE);
            mustMiss(deployment, spanOf(files.get(6)));
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            mustMiss(deployment, spanOf(files.get(6)));
            assertEquals(3, complaints(files).size());
        }
    }

    private void mustMiss(final Deployment deployment, final long spanUs) {
        final Answers answers = new Answers(deployment, "damage", TABLE);
        answers.allMustBe(model, walk.startUs(), spanUs, null);
        answers.allMustBe(model, spanUs + SpanWalk.SPAN_US, walk.endUs(), null);

        final QuerySpec over = new QuerySpec(walk.startUs(), walk.endUs(), Map.of(), List.of("country"), "sum", "amount", "10m");
        final RestAnswer refusal = deployment.post("query", "/v1/query", over.toJson("damage", TABLE, null));
        assertEquals(422, refusal.status(), refusal.body());
        assertEquals("range_incomplete", refusal.json().path("code").asString(), refusal.body());
        assertEquals(spanUs, refusal.json().path("missing_from_us").asLong(), refusal.body());

        final RestAnswer partial = deployment.post("query", "/v1/query",
            over.toJson("damage", TABLE, null).replaceFirst("\\{", "{\"partial\":true,"));
        assertEquals(200, partial.status(), partial.body());
        final JsonNode ranges = partial.json().path("metadata").path("partial").path("missing_ranges");
        assertEquals(1, ranges.size(), partial.body());
        assertEquals(spanUs, ranges.path(0).path("start_time").asLong(), partial.body());
        assertEquals(spanUs + SpanWalk.SPAN_US, ranges.path(0).path("end_time").asLong(), partial.body());
        final Map<String, String> wanted = model.answer(over);
        wanted.keySet().removeIf(key -> key.startsWith(spanUs + " "));
        assertEquals(wanted, AnswerText.of(partial.json()));
    }

    /** Which of the files were complained of, in the order of the files. */
    private List<Path> complaints(final List<Path> files) throws IOException {
        final List<String> lines = Files.readAllLines(directory.resolve("standalone.log")).stream()
            .filter(line -> line.contains(DAMAGED)).toList();
        final List<Path> told = files.stream().filter(file -> lines.stream().anyMatch(line -> line.contains(file + DAMAGED))).toList();
        assertEquals(told.size(), lines.size(), lines.toString());
        return told;
    }

    private List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("data-standalone/hot-tier/sealed"))) {
            return files.filter(file -> file.toString().endsWith(".tns")).sorted().toList();
        }
    }

    private void flipBit(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer one = ByteBuffer.allocate(1);
            final long position = random.nextLong(channel.size());
            channel.read(one, position);
            one.put(0, (byte)(one.get(0) ^ 1 << random.nextInt(Byte.SIZE))).rewind();
            channel.write(one, position);
        }
    }

    private static long spanOf(final Path file) {
        final String name = file.getFileName().toString();
        return TimeUnit.SECONDS.toMicros(Long.parseLong(name.substring(0, name.indexOf('-'))));
    }

    private static void awaitAllInFiles(final Deployment deployment) {
        Await.until("all rows are in files", LIMIT, () -> {
            final JsonNode segments = deployment.get("hot-tier", "/status").json().path("lanes").path(0).path("segments");
            return segments.path("rows_in_memory").asLong() == 0 && segments.path("rows_in_files").asLong() > 0
                && segments.path("leaving").asLong() == 0;
        });
    }
}
