package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** One process a service. */
@Tag("system")
class RoleProcessesTest {
    private static final long SPREAD_US = TimeUnit.HOURS.toMicros(3);

    @Test
    void talkOverUdpBetweenDriversOfTheirOwn() {
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("roles-udp")).start()) {
            answersWhatAPlainModelSays(deployment);
        }
    }

    @Test
    void talkOverIpcOnOneDriverAndEndWithIt() {
        try (Deployment deployment = Deployment.byRoleOnOneDriver(TestDirectories.fresh("roles-ipc")).start()) {
            answersWhatAPlainModelSays(deployment);
            deployment.kill(Deployment.MEDIA_DRIVER);
            for (final String role : Deployment.ROLES) {
                deployment.mustEnd(role, 1);
            }
        }
    }

    private static void answersWhatAPlainModelSays(final Deployment deployment) {
        final long startUs = nowUs() - SPREAD_US;
        final TableModel model = new TableModel();
        final Loader loader = new Loader(deployment, "far", "orders");
        final EventStream stream = new EventStream(Seeds.random("roles"), "u", SPREAD_US);
        IntStream.range(0, 20).forEach(i -> loader.send(stream.next(500)));
        model.addAll(loader.acknowledged());
        new Answers(deployment, "far", "orders").allMustBe(model, startUs, nowUs(), loader.token());
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }
}
