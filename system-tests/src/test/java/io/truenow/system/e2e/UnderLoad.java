package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventSource;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.Event;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Light load while things happen to a deployment, and the proof at the end that no acknowledged event is lost or counted twice. Event times
 * lie two to five hours back, so that the wall clock of the deployment may be wrong by an hour meanwhile. For one thread.
 */
final class UnderLoad implements AutoCloseable {
    private static final long AGE_US = TimeUnit.HOURS.toMicros(2);
    private static final long SPREAD_US = TimeUnit.HOURS.toMicros(3);
    private static final int BATCH_EVENTS = 20;
    private static final int EVENTS_PER_SECOND = 200;
    /** In which a whole request is sent and answered that was not under way when it began. */
    private static final int MORE_EVENTS = 5 * BATCH_EVENTS;
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final Deployment deployment;
    private final String table;
    private final Loader loader;
    private final long startUs = WallClock.INSTANCE.microTime() - AGE_US - SPREAD_US;

    UnderLoad(final Deployment deployment, final String table) {
        this.deployment = deployment;
        this.table = table;
        this.loader = new Loader(deployment, "load", table);
        final EventStream stream = new EventStream(Seeds.random(table), "u", SPREAD_US);
        final EventSource older = count -> stream.next(count).stream()
            .map(event -> new Event(event.id(), event.timeUs() - AGE_US, event.dimensions(), event.metrics())).toList();
        loader.begin(older, BATCH_EVENTS, EVENTS_PER_SECOND);
        goesOn();
    }

    /** Waits until requests are acknowledged again. */
    void goesOn() {
        final int before = loader.acknowledgedCount();
        Await.until("requests are acknowledged", LIMIT, () -> loader.acknowledgedCount() > before + MORE_EVENTS);
    }

    @Override
    public void close() {
        loader.finish();
        final TableModel model = new TableModel();
        model.addAll(loader.acknowledged());
        new Answers(deployment, "load", table).allMustBe(model, startUs, WallClock.INSTANCE.microTime() - AGE_US, loader.token());
    }
}
