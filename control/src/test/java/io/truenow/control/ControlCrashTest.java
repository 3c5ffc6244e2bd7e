package io.truenow.control;

import io.truenow.fabric.control.CommandReply;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Members in processes of their own, killed. */
@Timeout(180)
class ControlCrashTest {
    private static final Logger LOGGER = LoggerFactory.getLogger(ControlCrashTest.class);

    private final List<Process> processes = new ArrayList<>();

    @TempDir
    Path directory;

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> Await.until("process ends", () -> !process.isAlive()));
    }

    @Test
    void aKilledMemberComesBackAtOnceWithEverythingAcknowledged() throws IOException {
        final ControlConfig config = ControlFixture.config(0, 1);
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config)) {
            int tables = 0;
            for (int round = 0; round < 3; round++) {
                final Process process = start(config, 0);
                LOGGER.info("{}", firstLine(process));
                long version = 0;
                for (int i = 0; i < 40; i++) {
                    final String table = "t" + tables++;
                    final CommandReply reply =
                        ControlFixture.get(fixture.client.ensureTable("shop", table, List.of("region"), List.of("price")));
                    assertTrue(reply.isAccepted(), reply::toString);
                    version = reply.catalogVersion();
                }
                assertEquals(tables, version);
                fixture.awaitView(version);
                assertEquals(tables, fixture.feed.catalog().tables().size());
                process.destroyForcibly();
                Await.until("killed", () -> !process.isAlive());
            }
            // one that is asked to end takes a snapshot; the next starts from it
            final Process process = start(config, 0);
            LOGGER.info("{}", firstLine(process));
            process.getOutputStream().close();
            Await.until("ends", () -> !process.isAlive());
            assertEquals(0, process.exitValue());
            final Process last = start(config, 0);
            LOGGER.info("{}", firstLine(last));
            final CommandReply reply =
                ControlFixture.get(fixture.client.ensureTable("shop", "last", List.of(), List.of()));
            assertEquals(tables + 1, reply.catalogVersion());
        }
    }

    @Test
    void threeMembersOutliveTheirLeader() throws IOException {
        final ControlConfig config = ControlFixture.config(0, 3);
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config)) {
            final List<Process> members = new ArrayList<>();
            for (int member = 0; member < 3; member++) {
                members.add(start(config, member));
            }
            Process leader = null;
            for (final Process member : members) {
                final String line = firstLine(member);
                LOGGER.info("{}", line);
                leader = line.contains("leads") ? member : leader;
            }
            assertNotNull(leader);
            for (int i = 0; i < 20; i++) {
                assertEquals(i + 1, fixture.createNamespace("n" + i).catalogVersion());
            }
            fixture.awaitView(20);
            leader.destroyForcibly();
            final long killedNs = System.nanoTime();
            final CommandReply reply = awaitReply(fixture);
            LOGGER.info("a command is answered {} ms after the leader's death", (System.nanoTime() - killedNs) / 1_000_000);
            assertEquals(21, reply.catalogVersion());
            fixture.awaitView(21);
            assertEquals(21, fixture.feed.catalog().namespaces().size());
        }
    }

    private static CommandReply awaitReply(final ControlFixture fixture) {
        // within the command's own timeout: resent with its sequence, it is carried out once
        return fixture.createNamespace("after");
    }

    private Process start(final ControlConfig config, final int memberId) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--") || argument.startsWith("-D") && !argument.contains("surefire"))
            .forEach(command::add);
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
            ControlProcess.class.getName(), directory.resolve("member-" + memberId).toString(), Integer.toString(memberId),
            String.join(",", config.members())));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        processes.add(process);
        return process;
    }

    private static String firstLine(final Process process) throws IOException {
        final BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        return reader.readLine();
    }
}
