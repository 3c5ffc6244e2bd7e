package io.truenow.tools.toy;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceShell;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import java.util.Map;
import java.util.function.Consumer;

/** A service that counts time: what any other is made of, and nothing else. */
final class Toy implements LaunchedService {
    static final Duty TICKING = Duty.unhurried("ticking");

    private final ServiceShell shell;
    private final Membership membership;
    private final Ticker ticker;
    private final HttpEdge edge;

    private Toy(final ServiceShell shell, final ServiceContext<ToyConfig> context, final Consumer<String> onClose) {
        final ToyConfig config = context.config();
        this.shell = shell;
        shell.owned(() -> onClose.accept("first"));
        membership = Membership.open(
            shell, context.directory(), new Membership.Terms(ServiceKind.QUERY, config.aeronPort(), 0, config.lease()));
        ticker = new Ticker(shell.environment().clocks().process(), config.interval().toNanos(), onClose);
        shell.owned(() -> onClose.accept("second"));
        edge = shell.open(shell.edge(config.httpPort())
            .readiness(membership::whyNotInCatalog)
            .status(() -> Map.of("service_id", membership.serviceId(), "ticks", ticker.ticks,
                "incarnation", membership.identity().incarnation())));
        shell.run(TICKING, ticker);
        membership.register(edge.port());
    }

    static Toy launch(final ServiceContext<ToyConfig> context) {
        return launch(context, resource -> { });
    }

    /** Tells of what is closed. */
    static Toy launch(final ServiceContext<ToyConfig> context, final Consumer<String> onClose) {
        return ServiceShell.launch(context.environment(), "toy", shell -> new Toy(shell, context, onClose));
    }

    long ticks() {
        return ticker.ticks;
    }

    Membership membership() {
        return membership;
    }

    @Override
    public int httpPort() {
        return edge.port();
    }

    @Override
    public void close() {
        shell.close();
    }

    private static final class Ticker implements Agent {
        private final NanoClock clock;
        private final long intervalNs;
        private final Consumer<String> onClose;
        private volatile long ticks;
        private long nextNs;

        Ticker(final NanoClock clock, final long intervalNs, final Consumer<String> onClose) {
            this.clock = clock;
            this.intervalNs = intervalNs;
            this.onClose = onClose;
            this.nextNs = clock.nanoTime() + intervalNs;
        }

        @Override
        @SuppressWarnings("NonAtomicOperationOnVolatileField") // of this thread
        public int doWork() {
            if (clock.nanoTime() - nextNs < 0) {
                return 0;
            }
            nextNs += intervalNs;
            ticks++;
            return 1;
        }

        @Override
        public void onClose() {
            onClose.accept("ticker");
        }

        @Override
        public String roleName() {
            return "ticker";
        }
    }
}
