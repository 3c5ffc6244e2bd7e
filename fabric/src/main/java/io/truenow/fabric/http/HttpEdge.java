package io.truenow.fabric.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.truenow.fabric.access.Authenticator;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.http.limits.AcceptPause;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.ConnectionGate;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.http.route.Router;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.EdgeSettings;
import io.truenow.fabric.http.serve.LoopConnections;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.process.PortTakenException;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.spi.SelectorProvider;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A service's HTTP port: HTTP/1.1 and HTTP/2. Beside the service's routes it answers {@code /health}, {@code /ready}, {@code /status} and
 * {@code /metrics}, and errors as problem JSON. It takes connections as soon as it is launched; whether the service is ready is another
 * question. Launched and closed by the launching thread, before the event loops, which it does not own, are shut down.
 */
public final class HttpEdge implements AutoCloseable {
    private static final int BACKLOG = 1_024;
    private static final long CLOSE_TIMEOUT_SECONDS = 5;
    private static final int FIRST_FREE_PORT = 1_024;
    private static final int CONNECT_TIMEOUT_MS = 500;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private final Context context;
    private final EdgeCore core;
    private final ConnectionGate gate;
    private final FastThreadLocal<LoopConnections> loops = new FastThreadLocal<>();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private Future<?> dateUpdates;
    private Channel serverChannel;

    private HttpEdge(final Context context) {
        this.context = context;
        final RouteTable routes = new RouteTable(context.serviceName, context.metrics, ServiceRoutes.PATHS);
        core = new EdgeCore(
            new EdgeSettings(context.limits, context.budget, context.maxBodyBytes, context.roomFactor, context.busyCode),
            routes, context.authenticator, context.errors, context.serviceName, context.metrics);
        gate = new ConnectionGate(context.limits.maxConnections(), context.limits.reservedConnections(), core.refusals());
        addGauges();
        new ServiceRoutes(context).addTo(routes);
        context.routes.accept(routes);
    }

    /**
     * Binds the port and answers from now on.
     *
     * @throws PortTakenException    if another process has the port.
     * @throws IllegalStateException if the address cannot be bound for another reason.
     */
    public static HttpEdge launch(final Context context) {
        context.conclude();
        final HttpEdge edge = new HttpEdge(context);
        edge.bind();
        return edge;
    }

    /** The bound port. */
    public int port() {
        return ((InetSocketAddress) serverChannel.localAddress()).getPort();
    }

    /** Takes no more connections and ends those there are; answers that are under way are lost. */
    @Override
    public void close() {
        core.startClosing();
        if (dateUpdates != null) {
            dateUpdates.cancel(false);
        }
        if (serverChannel != null) {
            serverChannel.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
        connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private void bind() {
        final InetSocketAddress address = new InetSocketAddress(HostText.plain(context.host), context.port);
        if (address.isUnresolved()) {
            throw new IllegalStateException("cannot listen on " + context.host + " (" + context.portKey + "): there is no such host");
        }
        // a socket of its address' own family: one of both would take 0.0.0.0 for IPv6 too
        final SocketProtocolFamily family =
            address.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
        final ChannelFuture bound = new ServerBootstrap()
            .group(context.eventLoops)
            .channelFactory(() -> new NioServerSocketChannel(SelectorProvider.provider(), family))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            // a client that has sent all it has to send is still answered
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(final Channel channel) {
                    channel.pipeline().addLast(new AcceptPause(context.serviceName, context.metrics), gate);
                }
            })
            .childHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(final Channel channel) {
                    connections.add(channel);
                    context.start.begin(channel.pipeline(), new Protocols(core, loopConnections(channel.eventLoop())));
                }
            })
            .bind(address)
            .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            final Throwable cause = bound.cause();
            if (isTaken(address, cause)) {
                throw PortTakenException.tcp(context.host, context.port, context.portKey, cause);
            }
            throw new IllegalStateException(
                "cannot listen on " + HostText.endpoint(context.host, context.port) + " (" + context.portKey + "): "
                    + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()), cause);
        }
        serverChannel = bound.channel();
        dateUpdates = context.eventLoops.next().scheduleAtFixedRate(core::updateDate, 1, 1, TimeUnit.SECONDS);
    }

    private LoopConnections loopConnections(final EventLoop eventLoop) {
        LoopConnections ofLoop = loops.get();
        if (ofLoop == null) {
            ofLoop = new LoopConnections(eventLoop, core);
            loops.set(ofLoop);
        }
        return ofLoop;
    }

    private void addGauges() {
        context.metrics.gauge("truenow_http_connections", "Connections that are open.", gate::open, "service", context.serviceName);
        context.metrics.gauge("truenow_http_connections_limit", "More may ask for health and metrics only.",
            context.limits::maxConnections, "service", context.serviceName);
        context.metrics.gauge("truenow_http_client_bytes", "Held for clients: requests, and answers that they have not read.",
            context.budget::usedBytes, "service", context.serviceName);
        context.metrics.gauge("truenow_http_client_bytes_limit", "More is waited for, then answered 503.",
            context.budget::limitBytes, "service", context.serviceName);
    }

    /**
     * Whether somebody else has the port. The system refuses by the same exception addresses that are not its own, and ports below 1024
     * that only an administrator may have; who has one of those also answers there.
     */
    private static boolean isTaken(final InetSocketAddress address, final Throwable cause) {
        if (!(cause instanceof BindException)) {
            return false;
        }
        try {
            final InetAddress host = address.getAddress();
            if (!host.isAnyLocalAddress() && !host.isLoopbackAddress() && NetworkInterface.getByInetAddress(host) == null) {
                return false;
            }
        } catch (final SocketException e) {
            return false;
        }
        return address.getPort() >= FIRST_FREE_PORT || isAnswered(address);
    }

    private static boolean isAnswered(final InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_TIMEOUT_MS);
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    /** What an edge is launched with. Filled by the launching thread. */
    public static final class Context {
        private static final int DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
        private static final int MAX_PORT = 65_535;
        private static final int DEFAULT_ROOM_FACTOR = 2;

        String serviceName;
        String host = "127.0.0.1";
        int port;
        String portKey;
        int maxBodyBytes = DEFAULT_MAX_BODY_BYTES;
        HttpLimits limits = HttpLimits.DEFAULTS;
        ClientBudget budget;
        int roomFactor = DEFAULT_ROOM_FACTOR;
        ProblemCode busyCode = ProblemCode.SERVICE_BUSY;
        ConnectionStart start = ConnectionStart.CLEAR_TEXT;
        Authenticator authenticator = Authenticator.ANYBODY;
        EventLoopGroup eventLoops;
        Metrics metrics;
        ErrorHandler errors;
        Consumer<Router> routes = router -> { };
        Supplier<String> readiness = () -> null;
        Supplier<Map<String, Object>> status = Map::of;

        /** Such as {@code gateway}; named by {@code /health} and the metrics. */
        public Context serviceName(final String name) {
            this.serviceName = name;
            return this;
        }

        /** Address to bind; the loopback interface by default. */
        public Context host(final String bindHost) {
            this.host = bindHost;
            return this;
        }

        /** Port to bind; 0, the default, for one that the operating system picks. */
        public Context port(final int bindPort) {
            this.port = bindPort;
            return this;
        }

        /** The configuration key of the port, named when it is taken; {@code <serviceName>.http-port} by default. */
        public Context portKey(final String key) {
            this.portKey = key;
            return this;
        }

        /** Longer bodies are answered 413; 1 MiB by default. */
        public Context maxBodyBytes(final int limit) {
            this.maxBodyBytes = limit;
            return this;
        }

        /** What clients may take; {@link HttpLimits#DEFAULTS} by default. */
        public Context limits(final HttpLimits httpLimits) {
            this.limits = httpLimits;
            return this;
        }

        /** Counts what is held for clients; one of {@link HttpLimits#maxInFlight} by default. */
        public Context budget(final ClientBudget clientBudget) {
            this.budget = clientBudget;
            return this;
        }

        /** What a request takes of the budget for each byte of its body, with what the handler makes of it; 2 by default. */
        public Context roomFactor(final int factor) {
            this.roomFactor = factor;
            return this;
        }

        /** Code of the 503 that is answered when there is no room; {@code service_busy} by default. */
        public Context busyCode(final ProblemCode code) {
            this.busyCode = code;
            return this;
        }

        /** How connections begin; {@link ConnectionStart#CLEAR_TEXT} by default. */
        public Context start(final ConnectionStart connectionStart) {
            this.start = connectionStart;
            return this;
        }

        /** Says who asks; {@link Authenticator#ANYBODY} by default. */
        public Context authenticator(final Authenticator whoAsks) {
            this.authenticator = whoAsks;
            return this;
        }

        /** Loops of {@link EventLoops#create}; shared with other edges, shut down by the caller. */
        public Context eventLoops(final EventLoopGroup loops) {
            this.eventLoops = loops;
            return this;
        }

        /** Gets this edge's counters and is exposed at {@code /metrics}. */
        public Context metrics(final Metrics processMetrics) {
            this.metrics = processMetrics;
            return this;
        }

        /** Gets what handlers throw. */
        public Context errors(final ErrorHandler errorHandler) {
            this.errors = errorHandler;
            return this;
        }

        /** Adds the service's routes. */
        public Context routes(final Consumer<Router> addRoutes) {
            this.routes = addRoutes;
            return this;
        }

        /** Null when the service is ready, else one sentence why not. Called on an event loop; must not block. */
        public Context readiness(final Supplier<String> whyNotReady) {
            this.readiness = whyNotReady;
            return this;
        }

        /**
         * What {@code /status} says beside name, version and uptime; values that Jackson can write. Called on an event loop; must not
         * block.
         */
        public Context status(final Supplier<Map<String, Object>> statusSupplier) {
            this.status = statusSupplier;
            return this;
        }

        private void conclude() {
            Objects.requireNonNull(serviceName, "serviceName");
            Objects.requireNonNull(eventLoops, "eventLoops");
            Objects.requireNonNull(metrics, "metrics");
            Objects.requireNonNull(errors, "errors");
            if (port < 0 || port > MAX_PORT) {
                throw new IllegalArgumentException("port " + port);
            }
            if (budget == null) {
                budget = new ClientBudget("http.max-in-flight", limits.maxInFlight().bytes());
            }
            if (portKey == null) {
                portKey = serviceName + ".http-port";
            }
        }
    }
}
