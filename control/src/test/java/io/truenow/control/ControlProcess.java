package io.truenow.control;

import io.aeron.cluster.service.Cluster;
import io.truenow.testing.Await;
import io.truenow.testing.SuppressForbidden;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A control member with its own media driver in a process of its own, to be killed. Arguments: directory, member id, members. Says when it
 * leads.
 */
final class ControlProcess {
    private ControlProcess() {
    }

    /** Runs until its input ends. */
    @SuppressForbidden("talks to the test that started it")
    @SuppressWarnings("EmptyWhile")
    public static void main(final String[] arguments) throws IOException {
        final long startNs = System.nanoTime();
        final Path directory = Path.of(arguments[0]);
        final int memberId = Integer.parseInt(arguments[1]);
        final ControlConfig config = ControlFixture.config(memberId, List.of(arguments[2].split(",")));
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config)) {
            final long driverNs = System.nanoTime();
            try (ControlService control = fixture.launch(config, directory.resolve("data"))) {
                final long launchedNs = System.nanoTime();
                Await.until("a leader", () -> control.status().isElectionOver());
                final long leaderNs = System.nanoTime();
                System.out.println("member " + memberId + " " + (control.status().role() == Cluster.Role.LEADER ? "leads" : "follows")
                    + ": environment " + (driverNs - startNs) / 1_000_000 + " ms, launch " + (launchedNs - driverNs) / 1_000_000
                    + " ms, leader " + (leaderNs - launchedNs) / 1_000_000 + " ms, catalog version "
                    + control.status().catalogVersion());
                System.out.flush();
                while (System.in.read() >= 0) {
                    // until the parent closes it
                }
            }
            fixture.errors.forEach(error -> error.printStackTrace(System.err));
        }
    }
}
