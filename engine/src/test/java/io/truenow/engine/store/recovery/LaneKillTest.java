package io.truenow.engine.store.recovery;

import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Kills a process (SIGKILL) that applies batches, at any moment, also while it takes over what the one before it has left. */
final class LaneKillTest {
    private static final int KILLS = 6;
    private static final int QUERIES = 6;
    private static final int MAX_DELAY_MS = 1_000;

    @TempDir
    private Path directory;

    @Test
    void wholeBatchesUpToTheVectorAreLeft() throws IOException, InterruptedException {
        final long seed = Seeds.seed("LaneKillTest");
        final RandomGenerator random = Seeds.random("LaneKillTest.moments");
        final KilledLane sent = new KilledLane(seed);
        // plans draw values from their own, or what was sent could not be told again
        final KilledLane asked = new KilledLane(seed);
        final Model model = new Model(sent.identity());
        for (int kill = 0; kill < KILLS; kill++) {
            final int delayMs = random.nextInt(random.nextInt(MAX_DELAY_MS) + 1);
            runAndKill(seed, random.nextInt(4) == 0 ? KilledLane.READY : KilledLane.APPLIED, delayMs);
            try (LaneLife lane = LaneLife.begin(directory)) {
                final ShardStore shard = lane.shard(KilledLane.SHARD_ID, KilledLane.TABLE_ID);
                final long applied = KilledLane.sequence(shard);
                assertTrue(applied >= sent.sent(), "batches were lost");
                while (sent.sent() < applied) {
                    final List<Row> batch = sent.next();
                    model.apply(batch, KilledLane.keptFromUs(sent.sent()));
                    // whose ids may come again
                    model.dropOlderThan(KilledLane.keptFromUs(sent.sent()));
                }
                KilledLane.letGo(shard, applied);
                assertEquals(model.size(), shard.rowsHeld(), "after " + applied + " batches");
                check(random, lane, shard, asked, model);
            }
        }
        assertTrue(sent.sent() > 0, "no batch was applied before a kill");
    }

    private static void check(
        final RandomGenerator random, final LaneLife lane, final ShardStore shard, final KilledLane asked, final Model model) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        final ShardUnderTest tested = new ShardUnderTest(lane.memory);
        for (int i = 0; i < QUERIES; i++) {
            final Plan plan = Plan.random(random, asked.rows(), KilledLane.keptFromUs(0), KilledLane.TO_US);
            tested.check(plan, cut, model.query(plan, model.size()));
        }
    }

    private void runAndKill(final long seed, final String awaited, final int delayMs) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(argument -> argument.startsWith("--"))
            .forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
            KilledLane.class.getName(), directory.toString(), Long.toString(seed)));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            final BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            String line = lines.readLine();
            while (!awaited.equals(line)) {
                assertNotNull(line, "the process has ended by itself");
                line = lines.readLine();
            }
            process.waitFor(delayMs, TimeUnit.MILLISECONDS);
            assertTrue(process.isAlive(), "the process has ended by itself");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
