package io.truenow.driver;

import io.aeron.Aeron;
import io.aeron.driver.Configuration;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.ClientTimeoutException;
import io.aeron.exceptions.ConductorServiceTimeoutException;
import io.aeron.exceptions.DriverTimeoutException;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.agent.PromptThreads;
import io.truenow.fabric.agent.RingingIdleStrategy;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.process.DataDirectory;
import io.truenow.fabric.process.DataDirectoryException;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A process' media driver: its own, embedded, or another process', attached to, and the clients by which the process uses it. Used by the
 * launching thread. Driver and clients go by the running time of processes, so neither a pause nor a step of the wall clock makes one take
 * the other for dead. A lost driver is a crash of all that hangs on it: it is told once, and the process has to begin anew.
 */
public final class MediaDriverLauncher implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MediaDriverLauncher.class);
    private static final long POLL_NS = 1_000_000L;
    /** A driver gives a sign of life each second; longer where processors are rare. */
    private static final long SIGN_OF_LIFE_NS = 5_000_000_000L;
    /** What a client's other threads get to see that it is closed before its buffers go. */
    private static final long LOST_LINGER_NS = 500_000_000L;
    private static final long SWEEP_TIMEOUT_NS = 2_000_000_000L;
    /** Who starts a driver and others at once may find a machine that is slow with both. */
    private static final int ATTACH_TIMEOUTS = 3;
    private static final int CLIENT_IDLE_MS = 2;
    /** A process adds some hundred counters and streams when it starts, one after the other. */
    private static final long AWAITING_PARK_NS = 50_000L;
    private static final String TAKEN_FOR_DEAD = "it took this process, which it did not hear of for driver.client-liveness, for dead";
    private static final long LOW_STORAGE_WARNING_BYTES = 8 * 1024 * 1024;

    private final Context context;
    private final Path directory;
    private final AtomicBoolean isLost = new AtomicBoolean();
    private volatile boolean isClosing;
    /** Last connected first. */
    private final Deque<AutoCloseable> clients = new ArrayDeque<>();
    private MediaDriver driver;
    /** Held while an own driver runs: tells others that its directory is in use. */
    private DataDirectory lock;
    private long driverId;
    private EpochClock epochClock = ProcessClock.INSTANCE.epoch();

    private MediaDriverLauncher(final Context context) {
        this.context = context;
        this.directory = context.config.directory() == null
            ? DriverDirectory.defaultFor(context.dataDirectory) : context.config.directory().toAbsolutePath();
    }

    /**
     * Starts the driver or waits for it, as configured.
     *
     * @throws MediaDriverException if there is too little room, another process' driver where this one's should be, or none to attach to.
     */
    public static MediaDriverLauncher launch(final Context context) {
        final MediaDriverLauncher launcher = new MediaDriverLauncher(context);
        AbandonedDrivers.sweep(DriverDirectory.defaultParent(), launcher.directory);
        if (context.config.mode() != DriverConfig.Mode.ATTACHED) {
            launcher.checkOwnership();
            launcher.checkRoom();
            launcher.start();
        } else {
            launcher.awaitDriver();
        }
        launcher.driverId = DriverDirectory.driverId(launcher.directory);
        return launcher;
    }

    /** The driver's directory. */
    public Path directory() {
        return directory;
    }

    /** See {@link DriverDirectory#driverId}. */
    public long driverId() {
        return driverId;
    }

    /** Channels between services, as this driver is configured. */
    public PeerChannels channels() {
        return new PeerChannels(driverId, context.config.termLength().toIntExact(), context.config.udpMtu().toIntExact());
    }

    /** A connected client; closed with this. */
    public Aeron connect(final String clientName) {
        final Aeron client = Aeron.connect(clientContext(clientName));
        clients.push(client);
        return client;
    }

    /** Closes the clients, then stops an embedded driver. */
    @Override
    public void close() {
        isClosing = true;
        CloseHelper.closeAll(clients);
        clients.clear();
        CloseHelper.closeAll(driver, lock);
    }

    private Aeron.Context clientContext(final String clientName) {
        final Aeron.Context clientContext = new Aeron.Context();
        return clientContext
            .nanoClock(ProcessClock.INSTANCE)
            .epochClock(epochClock)
            .closeHandler(() -> onClientClosed(clientContext))
            .aeronDirectoryName(directory.toString())
            .clientName(clientName)
            .driverTimeoutMs(context.config.timeout().toMillis())
            .idleStrategy(new SleepingMillisIdleStrategy(CLIENT_IDLE_MS))
            .awaitingIdleStrategy(new SleepingIdleStrategy(AWAITING_PARK_NS))
            .errorHandler(this::onClientError);
    }

    private void start() {
        final DriverConfig config = context.config;
        final Supplier<IdleStrategy> strategies = config.idle().parkingAtMost(config.maxPark());
        final Supplier<IdleStrategy> idle =
            () -> new RingingIdleStrategy(strategies.get(), context.news, SystemNanoClock.INSTANCE);
        final MediaDriver.Context driverContext = new MediaDriver.Context()
            .aeronDirectoryName(directory.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(!config.keepDirectory())
            .warnIfDirectoryExists(false)
            .nanoClock(ProcessClock.INSTANCE)
            .epochClock(ProcessClock.INSTANCE.epoch())
            .threadingMode(ThreadingMode.valueOf(config.threading().name()))
            .sharedIdleStrategy(idle.get())
            .sharedNetworkIdleStrategy(idle.get())
            .conductorIdleStrategy(idle.get())
            .senderIdleStrategy(idle.get())
            .receiverIdleStrategy(idle.get())
            .termBufferSparseFile(true)
            .lowStorageWarningThreshold(LOW_STORAGE_WARNING_BYTES)
            .publicationTermBufferLength(config.termLength().toIntExact())
            .ipcTermBufferLength(config.termLength().toIntExact())
            .mtuLength(config.udpMtu().toIntExact())
            .socketRcvbufLength(config.socketBuffer().toIntExact())
            .socketSndbufLength(config.socketBuffer().toIntExact())
            .initialWindowLength(config.receiverWindow().toIntExact())
            .clientLivenessTimeoutNs(config.clientLiveness().toNanos())
            // a claim of a dead client is given up only when the client is
            .publicationUnblockTimeoutNs(Math.max(Configuration.publicationUnblockTimeoutNs(), 2 * config.clientLiveness().toNanos()))
            .imageLivenessTimeoutNs(config.imageLiveness().toNanos())
            .publicationConnectionTimeoutNs(config.connectionTimeout().toNanos())
            .driverTimeoutMs(config.timeout().toMillis())
            .terminationHook(() -> lost("it has ended", null))
            .errorHandler(this::onDriverError);
        final ThreadFactory threads = context.prompt.madeBy(Thread::new);
        driverContext
            .sharedThreadFactory(threads)
            .sharedNetworkThreadFactory(threads)
            .senderThreadFactory(threads)
            .receiverThreadFactory(threads);
        try (DataDirectory _ = takeFormer()) {
            driver = MediaDriver.launch(driverContext);
            lock = DataDirectory.open(directory);
            if (config.keepDirectory()) {
                AbandonedDrivers.keep(directory);
            }
        } catch (final IOException | RuntimeException e) {
            CloseHelper.quietCloseAll(driver, lock);
            throw new MediaDriverException("cannot start the media driver in " + directory + ": " + e.getMessage(), e);
        }
        LOGGER.info("media driver runs in {}", directory);
    }

    /**
     * The data directory's lock proves that a directory named for it is ours, whatever was left in it. One that somebody configured may be
     * another process'.
     */
    private void checkOwnership() {
        if (context.config.directory() != null) {
            final long pid = DriverDirectory.pid(directory);
            if (pid != 0 && ProcessHandle.of(pid).isPresent() && awaitSignOfLife(SIGN_OF_LIFE_NS)) {
                throw new MediaDriverException("process " + pid + " runs a media driver in " + directory
                    + ": share it with driver.mode: attached, or set driver.directory to another directory", null);
            }
        }
    }

    /** Keeps others from sweeping what the new driver takes the place of; null if there is nothing. */
    private DataDirectory takeFormer() {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + SWEEP_TIMEOUT_NS;
        while (Files.exists(directory.resolve(DataDirectory.LOCK_FILE))) {
            try {
                return DataDirectory.open(directory);
            } catch (final DataDirectoryException e) {
                if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
        return null;
    }

    private void checkRoom() {
        final long freeBytes = DriverDirectory.freeBytes(directory);
        if (freeBytes < context.config.requiredRoom().bytes()) {
            throw new MediaDriverException("too little room for the media driver's buffers in " + directory.getParent() + ": "
                + new ByteSize(freeBytes >> 20 << 20) + " are free, " + context.config.requiredRoom()
                + " are needed (driver.required-room): free some, or set driver.directory", null);
        }
    }

    private void awaitDriver() {
        final long timeoutNs = context.config.timeout().toNanos();
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + ATTACH_TIMEOUTS * timeoutNs;
        boolean isWaiting = false;
        while (!awaitSignOfLife(timeoutNs)) {
            if (context.isStopped.getAsBoolean() || !context.isPatient && ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                throw new MediaDriverException("no media driver is active in " + directory
                    + ": start one there (truenow start --role media-driver), or set driver.mode: embedded", null);
            }
            if (!isWaiting) {
                isWaiting = true;
                LOGGER.info("no media driver is active in {}: waiting for one", directory);
            }
        }
        epochClock = DriverClock.in(directory, ProcessClock.INSTANCE);
        LOGGER.info("attached to the media driver in {}", directory);
    }

    /**
     * Whether a driver is alive in the directory: it says so again and again. When it has said so last is no proof, since its clock may be
     * another than this process', and it may have been killed since.
     */
    private boolean awaitSignOfLife(final long timeoutNs) {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + timeoutNs;
        DriverClock seen = null;
        long firstMs = 0;
        while (!context.isStopped.getAsBoolean()) {
            // a driver that is started meanwhile makes its files anew
            final DriverClock current = DriverClock.in(directory, ProcessClock.INSTANCE);
            final long signMs = current == null ? 0 : current.signOfLifeMs();
            if (seen == null) {
                seen = current;
                firstMs = signMs;
            } else if (signMs > 0 && signMs != firstMs) {
                return true;
            }
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return false;
    }

    private void onClientError(final Throwable error) {
        switch (error) {
            case DriverTimeoutException e -> lost("it gives no sign of life", e);
            case ClientTimeoutException e -> lost(TAKEN_FOR_DEAD, e);
            case ConductorServiceTimeoutException e -> lost("this process' client of it did not run in time", e);
            case Error e -> {
                context.errors.onError(e);
                lost(e.toString(), e);
            }
            // of a client that has told already why it ends
            case AgentTerminationException _ -> { }
            default -> {
                // no class of its own says that the driver has released what belongs to the client
                if (error.getMessage() != null && error.getMessage().contains("unexpected close of heartbeat timestamp counter")) {
                    lost(TAKEN_FOR_DEAD, error);
                } else {
                    context.errors.onError(error);
                }
            }
        }
    }

    /** A client that closes itself, for whatever reason, is not revived by anything. Called before its buffers are unmapped. */
    private void onClientClosed(final Aeron.Context clientContext) {
        if (!isClosing) {
            clientContext.closeLingerDurationNs(LOST_LINGER_NS);
            lost(TAKEN_FOR_DEAD, null);
        }
    }

    private void onDriverError(final Throwable error) {
        context.errors.onError(error);
        if (error instanceof Error || error instanceof AgentTerminationException) {
            lost(error.toString(), error);
        }
    }

    private void lost(final String why, final Throwable cause) {
        if (!isClosing && isLost.compareAndSet(false, true)) {
            context.onLost.accept(new MediaDriverException("the media driver is lost: " + why, cause));
        }
    }

    /**
     * What a launcher needs.
     *
     * @param dataDirectory which this process owns; names the driver's directory unless one is configured.
     * @param errors        gets the driver's and the clients' errors.
     * @param onLost        called once, on a thread of Aeron's, when the driver is lost, with one line that says why; has the process begin
     *                      anew and must not wait for that.
     * @param prompt        of an own driver's threads, but for the conductor's where that is one.
     * @param news          rung when an own driver has something to do after a time without.
     * @param isPatient     whether a driver to attach to is waited for as long as it takes, since there was one before.
     * @param isStopped     whether nobody waits any more.
     */
    public record Context(
        DriverConfig config,
        Path dataDirectory,
        ErrorHandler errors,
        Consumer<MediaDriverException> onLost,
        PromptThreads prompt,
        Doorbell news,
        boolean isPatient,
        BooleanSupplier isStopped) {
    }
}
