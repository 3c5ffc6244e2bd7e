package io.truenow.system.e2e;

import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A laptop that sleeps, a container that is frozen, a clock that is set: one process with everything, which nobody starts again. */
@Tag("system")
class PausesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void goesOnAfterPausesAndStepsOfTheWallClock() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("pauses"))) {
            deployment.wallClock().set(Duration.ZERO);
            deployment.start();
            try (UnderLoad load = new UnderLoad(deployment, "paused")) {
                deployment.pause(Duration.ofMillis(6_500), Deployment.STANDALONE);
                mustSay(deployment, "PauseWatch - paused for ([6-9]|1.)\\.. s; going on");
                load.goesOn();
                assertTrue(deployment.metric("gateway", "truenow_process_pauses_total") >= 1);
                assertTrue(deployment.metric("gateway", "truenow_process_paused_seconds") >= 6);
                // more than any driver waits for its clients
                deployment.wallClock().set(Duration.ofSeconds(15));
                mustSay(deployment, "PauseWatch - the wall clock has stepped by \\+1[45]\\.. s; going on");
                load.goesOn();
                deployment.wallClock().set(Duration.ofHours(-1));
                mustSay(deployment, "PauseWatch - the wall clock has stepped by -361[45]\\.. s; going on");
                // leases are renewed and lapse by running time
                deployment.pause(Duration.ofMillis(6_500), Deployment.STANDALONE);
                load.goesOn();
                assertEquals(2, deployment.metric("gateway", "truenow_process_clock_steps_total"));
                deployment.wallClock().set(Duration.ZERO);
                load.goesOn();
            }
            assertEquals(1, deployment.lives(Deployment.STANDALONE));
            deployment.awaitReady(Deployment.STANDALONE);
        }
    }

    private static void mustSay(final Deployment deployment, final String line) {
        Await.until("it says " + line, LIMIT, () -> deployment.process(Deployment.STANDALONE).output().lines()
            .anyMatch(said -> said.matches(".* INFO " + line)));
    }
}
