package io.truenow.driver.stepped;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.agent.SteppedScheduler;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.SteppedTime;
import org.agrona.CloseHelper;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What the services of one process share, run by the caller alone: media driver, Aeron's client and all agents have a turn in each step, in
 * the same order each time, and time moves by a step. Services that are launched with its environment therefore do the same in each run of
 * a test, and an hour passes as fast as the machine steps. Only the HTTP edges' event loop has a thread of its own.
 *
 * <p>Belongs to one thread. Launches and closes go through it too: where a service waits for the driver, it has it invoked.
 */
public final class SteppedProcess implements AutoCloseable {
    /** By so much time moves with each step. */
    public static final Duration STEP = Duration.ofNanos(100_000);
    /** A driver of this process. */
    public static final long DRIVER_ID = 1;

    private static final String HOST = "127.0.0.1";
    private static final int TERM_LENGTH_BYTES = 1 << 20;
    private static final int MTU_BYTES = 1_408;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final SteppedTime time = new SteppedTime();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final SteppedScheduler scheduler = new SteppedScheduler(errors::add, this::beforeStep);
    private final EventLoopGroup eventLoops = EventLoops.create(1);
    private final MediaDriver driver;
    private final Aeron aeron;

    /** A process without services. */
    public SteppedProcess() {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(CommonContext.generateRandomDirName())
            .threadingMode(ThreadingMode.INVOKER)
            // on the invoking thread too
            .asyncExecutorEnabled(false)
            .nanoClock(time.clocks().process())
            .epochClock(time.clocks().process().epoch())
            .ipcMtuLength(PeerChannels.IPC_MTU_BYTES)
            .termBufferSparseFile(true)
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .errorHandler(errors::add));
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .driverAgentInvoker(driver.sharedAgentInvoker())
            .nanoClock(time.clocks().process())
            .epochClock(time.clocks().process().epoch())
            .errorHandler(errors::add));
    }

    /** What services are launched with. */
    public ServiceEnvironment environment(final CatalogView catalogView, final ControlClient control) {
        return new ServiceEnvironment(aeron, new PeerChannels(DRIVER_ID, TERM_LENGTH_BYTES, MTU_BYTES), HOST, HOST, catalogView, control,
            scheduler, eventLoops, HttpLimits.DEFAULTS, ProcessMetrics.local(), time.clocks(), errors::add);
    }

    /** Of the process. */
    public Aeron aeron() {
        return aeron;
    }

    /** Runs agents of a test beside those of services. */
    public SteppedScheduler scheduler() {
        return scheduler;
    }

    /** Moved by each step; a test may move it too. */
    public SteppedTime time() {
        return time;
    }

    /** What agents and Aeron have reported. */
    public List<Throwable> errors() {
        return errors;
    }

    /** One turn of everything. */
    public void step() {
        scheduler.step();
    }

    /** Steps until so much time has passed. */
    public void run(final Duration duration) {
        for (long leftNs = duration.toNanos(); leftNs > 0; leftNs -= STEP.toNanos()) {
            step();
        }
    }

    /**
     * Steps until the condition holds.
     *
     * @param what the condition in words, for the failure.
     * @throws AssertionError if it does not within some twenty seconds of the machine's time.
     */
    public void until(final String what, final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > LIMIT.toNanos()) {
                throw new AssertionError("not within " + LIMIT + ": " + what + ' ' + errors);
            }
            step();
        }
    }

    /** Steps until there is a result, as of an HTTP client that asks a service here: how many steps that takes, its threads decide. */
    public <T> T await(final String what, final Future<T> future) {
        until(what, future::isDone);
        return future.resultNow();
    }

    @Override
    public void close() {
        scheduler.close();
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        CloseHelper.closeAll(aeron, driver);
    }

    private void beforeStep() {
        time.advance(STEP);
        driver.sharedAgentInvoker().invoke();
        aeron.conductorAgentInvoker().invoke();
    }
}
