package io.truenow.control;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.agent.ThreadedScheduler;
import io.truenow.fabric.catalog.feed.CatalogFeed;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.control.AeronControlClient;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.Clocks;
import io.truenow.testing.Await;
import io.truenow.testing.FreePorts;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * A process' worth of environment: driver, client, scheduler, event loops, catalog feed, control client; and control members launched in
 * it.
 */
final class ControlFixture implements AutoCloseable {
    final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    final MediaDriver driver;
    final Aeron aeron;
    final ThreadedScheduler scheduler;
    final EventLoopGroup eventLoops = EventLoops.create(1);
    final AeronControlClient client;
    final CatalogFeed feed;

    ControlFixture(final Path aeronDirectory, final ControlConfig config) {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(aeronDirectory.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .threadingMode(ThreadingMode.SHARED)
            .ipcTermBufferLength(64 * 1024)
            .publicationTermBufferLength(64 * 1024)
            .sharedIdleStrategy(new BackoffIdleStrategy(10, 5, 50_000, 100_000))
            .errorHandler(errors::add));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(aeronDirectory.toString()).errorHandler(errors::add));
        scheduler = ThreadedScheduler.sharedThreads(
            new ThreadedScheduler.Context(() -> new BackoffIdleStrategy(10, 5, 50_000, 100_000), errors::add, errors::add));
        client = new AeronControlClient(
            aeron, config.controlMembers(), "127.0.0.1", AeronControlClient.DEFAULT_COMMAND_TIMEOUT_NS, errors::add);
        feed = new CatalogFeed(aeron, "127.0.0.1", config.controlMembers().catalogEndpoints(), errors::add);
        scheduler.schedule(Duty.COORDINATION, client);
        scheduler.schedule(Duty.COORDINATION, feed);
    }

    static ControlConfig config(final int memberId, final int count) {
        final List<String> members = IntStream.range(0, count).mapToObj(i -> "127.0.0.1:" + freePortRange()).toList();
        return config(memberId, members);
    }

    static ControlConfig config(final int memberId, final List<String> members) {
        return new ControlConfig(memberId, members, 0, 1_000, Duration.ofMillis(500), Duration.ofMillis(250), Duration.ofSeconds(5));
    }

    ControlService launch(final ControlConfig config, final Path dataDirectory) {
        final ServiceEnvironment environment = new ServiceEnvironment(aeron, new PeerChannels(1, 1 << 20, 1408), "127.0.0.1", "127.0.0.1",
            feed, client, scheduler, eventLoops, HttpLimits.DEFAULTS, ProcessMetrics.local(), Clocks.SYSTEM, errors::add);
        return ControlService.launch(new ServiceContext<>(
            environment, dataDirectory.resolve("control"), config, () -> errors.add(new AssertionError("the member has ended"))));
    }

    static CommandReply get(final CompletableFuture<CommandReply> future) {
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (final InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    void awaitView(final long version) {
        Await.until("view at version " + version, () -> feed.catalog().version() >= version);
    }

    /** Creates a namespace and waits for the answer. */
    CommandReply createNamespace(final String name) {
        return get(client.change(new CatalogCommand.CreateNamespace(name, true, ""), ControlClient.ANY_VERSION));
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(scheduler, client, feed, aeron, driver);
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    private static int freePortRange() {
        for (int attempt = 0; attempt < 100; attempt++) {
            final int first = FreePorts.next();
            if (isFree(first)) {
                return first;
            }
        }
        throw new IllegalStateException("no six free ports in a row");
    }

    private static boolean isFree(final int first) {
        for (int port = first; port < first + 6; port++) {
            try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                if (!socket.isBound()) {
                    return false;
                }
            } catch (final SocketException | IllegalArgumentException e) {
                return false;
            }
        }
        return true;
    }
}
