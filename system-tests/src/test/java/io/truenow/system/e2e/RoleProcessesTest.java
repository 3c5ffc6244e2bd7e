package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One process a service. */
@Tag("system")
class RoleProcessesTest {
    private static final long SPREAD_US = TimeUnit.HOURS.toMicros(3);

    /** Longer than leases, images and what a driver waits for its clients. */
    private static final Duration PAUSE = Duration.ofSeconds(7);

    @Test
    void talkOverUdpBetweenDriversOfTheirOwn() {
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("roles-udp")).start()) {
            answersWhatAPlainModelSays(deployment, "first");
            try (UnderLoad load = new UnderLoad(deployment, "paused")) {
                deployment.pause(PAUSE, "gateway", "query");
                load.goesOn();
                deployment.pause(PAUSE, "control", "hot-tier");
                load.goesOn();
                deployment.pause(PAUSE, Deployment.ROLES.toArray(String[]::new));
                load.goesOn();
            }
            Deployment.ROLES.forEach(role -> {
                assertEquals(1, deployment.lives(role), role);
                assertTrue(deployment.process(role).output().contains("PauseWatch - paused for "), role);
            });
        }
    }

    @Test
    void talkOverIpv6() {
        // a machine of tests may have none: then there is nothing to look at
        Assumptions.assumeTrue(hasIpv6());
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("roles-ipv6")).overIpv6().start()) {
            answersWhatAPlainModelSays(deployment, "orders");
        }
    }

    /** A client that its driver took for dead cannot be revived, nor one whose driver is gone: their processes begin anew. */
    @Test
    void talkOverIpcOnOneDriverAndBeginAnewWithoutIt() {
        try (Deployment deployment = Deployment.byRoleOnOneDriver(TestDirectories.fresh("roles-ipc")).start()) {
            answersWhatAPlainModelSays(deployment, "first");
            deployment.expect(" WARN StopSignal - the media driver is lost: ")
                // what Aeron's cluster and archive say of it in their own logs, before their process begins anew, depends on where they are
                .expect("/control/(cluster|archive)/[a-z0-9-]*\\.dat: ")
                // and what the member tells of it in its process' log
                .expect(" INFO ControlMember - ")
                // a client that was taken for dead gives back what the driver has taken from it
                .expectReported("ControlProtocolException: ERROR - unknown (publication|subscription)");
            try (UnderLoad load = new UnderLoad(deployment, "paused")) {
                // before the driver is paused: signs of life that its clients give meanwhile lie ahead of its clock for a moment
                deployment.pause(PAUSE, "gateway", "hot-tier");
                List.of("gateway", "hot-tier").forEach(role -> deployment.awaitLife(role, 2));
                load.goesOn();
                deployment.pause(PAUSE, Deployment.MEDIA_DRIVER);
                load.goesOn();
                assertEquals(6, Deployment.ROLES.stream().mapToInt(deployment::lives).sum());

                final Map<String, Integer> lives = new HashMap<>();
                Deployment.ROLES.forEach(role -> lives.put(role, deployment.lives(role) + 1));
                deployment.kill(Deployment.MEDIA_DRIVER);
                Await.until("the loss is noticed", Duration.ofSeconds(60), () -> Deployment.ROLES.stream()
                    .allMatch(role -> deployment.process(role).output().split("beginning anew", -1).length == lives.get(role)));
                deployment.restart(Deployment.MEDIA_DRIVER);
                lives.forEach(deployment::awaitLife);
                load.goesOn();
            }
            answersWhatAPlainModelSays(deployment, "last");
        }
    }

    private static void answersWhatAPlainModelSays(final Deployment deployment, final String table) {
        final long startUs = nowUs() - SPREAD_US;
        final TableModel model = new TableModel();
        final Loader loader = new Loader(deployment, "far", table);
        final EventStream stream = new EventStream(Seeds.random("roles"), table, SPREAD_US);
        IntStream.range(0, 20).forEach(i -> loader.send(stream.next(500)));
        model.addAll(loader.acknowledged());
        new Answers(deployment, "far", table).allMustBe(model, startUs, nowUs(), loader.token());
    }

    private static boolean hasIpv6() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            return socket.isBound();
        } catch (final IOException e) {
            return false;
        }
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }
}
