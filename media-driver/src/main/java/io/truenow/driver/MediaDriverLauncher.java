package io.truenow.driver;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.AeronException;
import io.aeron.exceptions.ClientTimeoutException;
import io.aeron.exceptions.ConductorServiceTimeoutException;
import io.aeron.exceptions.DriverTimeoutException;
import io.truenow.fabric.agent.PromptThreads;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.process.DataDirectory;
import io.truenow.fabric.process.DataDirectoryException;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A process' media driver: its own, embedded, or another process', attached to. Used by the launching thread; Aeron clients it connects are
 * the caller's to close, before this. A lost driver is a crash: it is told once, and the process has to end.
 */
public final class MediaDriverLauncher implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MediaDriverLauncher.class);
    private static final long POLL_NS = 1_000_000L;
    /** A living driver's heartbeat is renewed each second. */
    private static final long MAX_HEARTBEAT_AGE_MS = 3_000;
    private static final long SWEEP_TIMEOUT_NS = 2_000_000_000L;
    /** Who starts a driver and others at once may find a machine that is slow with both. */
    private static final int ATTACH_TIMEOUTS = 3;
    private static final int CLIENT_IDLE_MS = 2;
    /** A process adds some hundred counters and streams when it starts, one after the other. */
    private static final long AWAITING_PARK_NS = 50_000L;
    private static final long LOW_STORAGE_WARNING_BYTES = 8 * 1024 * 1024;

    private final Context context;
    private final Path directory;
    private final AtomicBoolean isLost = new AtomicBoolean();
    private volatile boolean isClosing;
    private MediaDriver driver;
    /** Held while an own driver runs: tells others that its directory is in use. */
    private DataDirectory lock;
    private long driverId;

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

    /** A client's settings, for {@link Aeron#connect(Aeron.Context)}: directory, timeouts and what happens when the driver is lost. */
    public Aeron.Context clientContext(final String clientName) {
        return new Aeron.Context()
            .aeronDirectoryName(directory.toString())
            .clientName(clientName)
            .driverTimeoutMs(context.config.timeout().toMillis())
            .idleStrategy(new SleepingMillisIdleStrategy(CLIENT_IDLE_MS))
            .awaitingIdleStrategy(new SleepingIdleStrategy(AWAITING_PARK_NS))
            .errorHandler(this::onClientError);
    }

    /** A connected client. */
    public Aeron connect(final String clientName) {
        return Aeron.connect(clientContext(clientName));
    }

    /** Stops an embedded driver; clients must have been closed. */
    @Override
    public void close() {
        isClosing = true;
        CloseHelper.closeAll(driver, lock);
    }

    private void start() {
        final DriverConfig config = context.config;
        final Supplier<IdleStrategy> idle = config.idle().parkingAtMost(config.maxPark());
        final MediaDriver.Context driverContext = new MediaDriver.Context()
            .aeronDirectoryName(directory.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(!config.keepDirectory())
            .warnIfDirectoryExists(false)
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
            .imageLivenessTimeoutNs(config.imageLiveness().toNanos())
            .publicationConnectionTimeoutNs(config.connectionTimeout().toNanos())
            .driverTimeoutMs(config.timeout().toMillis())
            .terminationHook(() -> lost(new AgentTerminationException("the media driver has ended")))
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
            if (pid != 0 && ProcessHandle.of(pid).isPresent() && isActive()) {
                throw new MediaDriverException("process " + pid + " runs a media driver in " + directory
                    + ": share it with driver.mode: attached, or set driver.directory to another directory", null);
            }
        }
    }

    /** Keeps others from sweeping what the new driver takes the place of; null if there is nothing. */
    private DataDirectory takeFormer() {
        final long deadlineNs = System.nanoTime() + SWEEP_TIMEOUT_NS;
        while (Files.exists(directory.resolve(DataDirectory.LOCK_FILE))) {
            try {
                return DataDirectory.open(directory);
            } catch (final DataDirectoryException e) {
                if (System.nanoTime() - deadlineNs > 0) {
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
        final long deadlineNs = System.nanoTime() + ATTACH_TIMEOUTS * context.config.timeout().toNanos();
        while (!isActive()) {
            if (System.nanoTime() - deadlineNs > 0 || context.isStopWanted.getAsBoolean()) {
                throw new MediaDriverException("no media driver is active in " + directory
                    + ": start one there (truenow start --role media-driver), or set driver.mode: embedded", null);
            }
            LockSupport.parkNanos(POLL_NS);
        }
        LOGGER.info("attached to the media driver in {}", directory);
    }

    private boolean isActive() {
        try {
            return CommonContext.isDriverActive(directory.toFile(), MAX_HEARTBEAT_AGE_MS, LOGGER::debug);
        } catch (final AeronException e) {
            // it is about to start and its file is not written yet
            LOGGER.debug("no driver yet: {}", e.getMessage());
            return false;
        }
    }

    private void onClientError(final Throwable error) {
        context.errors.onError(error);
        if (error instanceof DriverTimeoutException || error instanceof ConductorServiceTimeoutException
            || error instanceof ClientTimeoutException || error instanceof Error) {
            lost(error);
        }
    }

    private void onDriverError(final Throwable error) {
        context.errors.onError(error);
        if (error instanceof Error || error instanceof AgentTerminationException) {
            lost(error);
        }
    }

    private void lost(final Throwable cause) {
        if (!isClosing && isLost.compareAndSet(false, true)) {
            LOGGER.error("the media driver is lost: {}", cause.toString());
            context.onLost.accept(cause);
        }
    }

    /**
     * What a launcher needs.
     *
     * @param dataDirectory which this process owns; names the driver's directory unless one is configured.
     * @param errors        gets the driver's and the clients' errors.
     * @param onLost        called once, on a thread of Aeron's, when the driver is lost; has the process end and must not wait for that.
     * @param prompt        of an own driver's threads, but for the conductor's where that is one.
     * @param isStopWanted  whether to wait for another process' driver no longer.
     */
    public record Context(
        DriverConfig config,
        Path dataDirectory,
        ErrorHandler errors,
        Consumer<Throwable> onLost,
        PromptThreads prompt,
        BooleanSupplier isStopWanted) {
    }
}
