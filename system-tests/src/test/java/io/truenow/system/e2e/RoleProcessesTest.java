package io.truenow.system.e2e;

import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.SystemEpochMicroClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** One process a service, each with a media driver of its own: they talk over UDP on loopback. */
@Tag("system")
class RoleProcessesTest {
    @Test
    void answersWhatAPlainModelSays() {
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("roles")).start()) {
            final long startUs = nowUs() - TimeUnit.HOURS.toMicros(3);
            final TableModel model = new TableModel();
            final Loader loader = new Loader(deployment, "far", "orders");
            final EventStream stream = new EventStream(Seeds.random("roles"), "u", TimeUnit.HOURS.toMicros(3));
            IntStream.range(0, 20).forEach(i -> loader.send(stream.next(500)));
            model.addAll(loader.acknowledged());
            new Answers(deployment, "far", "orders").allMustBe(model, startUs, nowUs(), loader.token());
        }
    }

    private static long nowUs() {
        return new SystemEpochMicroClock().microTime();
    }
}
