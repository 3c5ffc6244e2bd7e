package io.truenow.tools.process;

import io.aeron.Aeron;
import io.netty.channel.EventLoopGroup;
import io.truenow.control.ControlConfig;
import io.truenow.control.ControlContext;
import io.truenow.control.ControlService;
import io.truenow.driver.DriverConfig;
import io.truenow.driver.MediaDriverException;
import io.truenow.driver.MediaDriverLauncher;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.agent.PromptThreads;
import io.truenow.fabric.agent.ThreadedScheduler;
import io.truenow.fabric.catalog.feed.CatalogFeed;
import io.truenow.fabric.control.AeronControlClient;
import io.truenow.fabric.control.ControlMembers;
import io.truenow.fabric.error.ErrorLog;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.memory.os.OpenFiles;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.process.CompilerThreads;
import io.truenow.fabric.process.DataDirectory;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.PauseWatch;
import io.truenow.fabric.time.WallClock;
import io.truenow.gateway.Gateway;
import io.truenow.gateway.GatewayConfig;
import io.truenow.gateway.GatewayContext;
import io.truenow.hottier.HotTierConfig;
import io.truenow.hottier.HotTierContext;
import io.truenow.hottier.HotTierNode;
import io.truenow.query.QueryConfig;
import io.truenow.query.QueryContext;
import io.truenow.query.QueryNode;
import io.truenow.tools.OneLine;
import io.truenow.tools.config.ProcessConfig;
import io.truenow.tools.config.Sections;
import org.agrona.CloseHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One process of TrueNow: what its services share, and the services of its role. Launched and closed by one thread; whatever was acquired
 * is released in reverse, also when the launch fails half way.
 */
final class ServiceProcess implements AutoCloseable {
    private static final List<Set<AgentDuty>> SHARED_THREADS = List.of(
        EnumSet.of(AgentDuty.COORDINATION),
        EnumSet.of(AgentDuty.JOURNAL),
        EnumSet.of(AgentDuty.LANE),
        // scatter, scan and merge without waking another thread in between
        EnumSet.of(AgentDuty.QUERY_AGENT, AgentDuty.QUERY_NODE));
    private static final long EVENT_LOOPS_TIMEOUT_SECONDS = 5;

    private static final Logger LOGGER = LoggerFactory.getLogger(ServiceProcess.class);

    private final Role role;
    private final boolean isAgain;
    private final ProcessConfig processConfig;
    private final ControlConfig controlConfig;
    private final HotTierConfig hotTierConfig;
    private final GatewayConfig gatewayConfig;
    private final QueryConfig queryConfig;
    private final DriverConfig driverConfig;
    private final HttpLimits httpConfig;
    private final PromptThreads prompt;
    private final StopSignal stopSignal;
    private final Progress progress;
    /** Last acquired first. */
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    /** HTTP port by service, in the order of launch. */
    private final Map<Role, Integer> httpPorts = new LinkedHashMap<>();
    private ErrorLog errors;
    private int metricsPort;

    private ServiceProcess(
        final Role role, final Sections sections, final boolean isAgain, final StopSignal stopSignal, final Progress progress) {
        this.role = role;
        this.isAgain = isAgain;
        this.processConfig = sections.process();
        this.httpConfig = sections.http();
        this.driverConfig = sections.driver();
        this.controlConfig = sections.control();
        this.hotTierConfig = sections.hotTier();
        this.gatewayConfig = sections.gateway();
        this.queryConfig = sections.query();
        this.prompt = new PromptThreads(processConfig.agentSlice().toNanos());
        this.stopSignal = stopSignal;
        this.progress = progress;
    }

    /**
     * Acquires and launches everything; services may become ready later.
     *
     * @param isAgain whether the process begins anew: then it waits for what it had before.
     * @throws StoppedStartException if the process is told to stop, or to begin anew, meanwhile; nothing stays open then.
     * @throws RuntimeException      with one line of explanation; likewise.
     */
    static ServiceProcess launch(
        final Role role, final Sections sections, final boolean isAgain, final StopSignal stopSignal, final Progress progress) {
        final ServiceProcess process = new ServiceProcess(role, sections, isAgain, stopSignal, progress);
        try {
            process.acquire();
        } catch (final RuntimeException e) {
            process.close();
            // what fails while everything is being told to stop is of no interest
            throw stopSignal.isSignalled() && stopSignal.failure() == null ? new StoppedStartException() : e;
        }
        return process;
    }

    /** HTTP port by service. */
    Map<Role, Integer> httpPorts() {
        return httpPorts;
    }

    /** Of {@code /metrics} for the whole process; 0 if it has no port of its own. */
    int metricsPort() {
        return metricsPort;
    }

    ProcessConfig config() {
        return processConfig;
    }

    /** Null if every service is ready, else the first reason why not. */
    String whyNotReady() {
        return Readiness.whyNot(processConfig.connectHost(), httpPorts);
    }

    @Override
    public void close() {
        CloseHelper.closeAll(error -> {
            if (errors != null) {
                errors.onError(error);
            }
        }, resources);
        resources.clear();
    }

    private void acquire() {
        final HttpLimits httpLimits = checkFiles();
        final Path dataDirectory = processConfig.dataDir().toAbsolutePath().normalize();
        final Path processDirectory = lockDirectories(dataDirectory);
        errors = ErrorLog.open(processDirectory);
        final PauseWatch pauseWatch = acquired(PauseWatch.launch(WallClock.INSTANCE));
        progress.done("data", dataDirectory.toString());
        if (processConfig.compilersGiveWay()) {
            final String whyNot = CompilerThreads.giveWay();
            if (whyNot != null) {
                LOGGER.info("compilers of the Java machine do not give way to events and queries: {}", whyNot);
            }
        }
        if (role.runs(Role.GATEWAY)) {
            Gateway.preload(dataDirectory.resolve(Role.GATEWAY.text()));
        }

        final MediaDriverLauncher driver = acquired(MediaDriverLauncher.launch(new MediaDriverLauncher.Context(
            driverConfig, driverOwner(dataDirectory, processDirectory), errors, this::onDriverLost, prompt, isAgain,
            stopSignal::isSignalled)));
        progress.done("media driver", driverConfig.mode().name().toLowerCase(Locale.ROOT) + " in " + driver.directory());

        final Aeron aeron = driver.connect("truenow-" + role.text());
        final ProcessMetrics metrics = ProcessMetrics.over(aeron);
        pauseWatch.addTo(metrics);
        final EventLoopGroup eventLoops = acquireEventLoops();
        final Integer wantedMetricsPort = processConfig.metricsPortOf(role == Role.STANDALONE || role == Role.MEDIA_DRIVER);
        if (wantedMetricsPort != null) {
            metricsPort = acquired(launchMetricsEdge(eventLoops, metrics, wantedMetricsPort, httpLimits)).port();
        }
        if (role == Role.MEDIA_DRIVER) {
            return;
        }
        final ControlMembers members = controlConfig.controlMembers();
        final CatalogFeed catalogFeed =
            acquired(new CatalogFeed(aeron, processConfig.advertiseHost(), members.catalogEndpoints(), errors));
        final AeronControlClient control = acquired(new AeronControlClient(
            aeron, members, processConfig.advertiseHost(), processConfig.controlTimeout().toNanos(), errors));
        final ServiceEnvironment environment = new ServiceEnvironment(
            aeron, driver.channels(), processConfig.bindHost(), processConfig.advertiseHost(), catalogFeed, control,
            acquireScheduler(), eventLoops, httpLimits, metrics, errors);
        if (role.runs(Role.CONTROL)) {
            final ControlService service = acquired(ControlService.launch(
                new ControlContext(environment, controlConfig, dataDirectory, this::onControlEnded)));
            launched(Role.CONTROL, service.httpPort());
        }
        acquired(environment.scheduler().schedule(AgentDuty.COORDINATION, catalogFeed));
        acquired(environment.scheduler().schedule(AgentDuty.COORDINATION, control));
        launchDataServices(environment, dataDirectory);
    }

    /** Before anything is opened, since what fails for want of a file says so in many ways. */
    private HttpLimits checkFiles() {
        OpenFiles.raiseLimit();
        final FileNeeds needs = new FileNeeds(role, driverConfig.mode() == DriverConfig.Mode.EMBEDDED, processConfig.httpThreads());
        final FileNeeds.Fit fit = needs.fit(httpConfig, OpenFiles.limit());
        if (fit.warning() != null) {
            LOGGER.warn(fit.warning());
        }
        return fit.limits();
    }

    private void launchDataServices(final ServiceEnvironment environment, final Path dataDirectory) {
        if (role.runs(Role.HOT_TIER)) {
            final HotTierNode node = acquired(HotTierNode.launch(new HotTierContext(
                hotTierConfig, dataDirectory.resolve(Role.HOT_TIER.text()), environment)));
            launched(Role.HOT_TIER, node.httpPort());
        }
        if (role.runs(Role.GATEWAY)) {
            final Gateway gateway = acquired(Gateway.launch(new GatewayContext(
                environment, dataDirectory.resolve(Role.GATEWAY.text()), gatewayConfig)));
            launched(Role.GATEWAY, gateway.httpPort());
        }
        if (role.runs(Role.QUERY)) {
            final QueryNode node = acquired(QueryNode.launch(new QueryContext(
                environment, dataDirectory.resolve(Role.QUERY.text()), queryConfig)));
            launched(Role.QUERY, node.httpPort());
        }
    }

    /**
     * The locks prove that whatever an earlier process left here belongs to nobody. Role processes share the data directory, each with a
     * directory of its own below {@code process}; a standalone process takes all of them.
     */
    private Path lockDirectories(final Path dataDirectory) {
        if (role == Role.STANDALONE) {
            acquired(DataDirectory.open(dataDirectory));
        }
        for (final Role service : Role.values()) {
            if (role.runs(service) && service != Role.STANDALONE) {
                acquired(DataDirectory.open(processDirectory(dataDirectory, service)));
            }
        }
        return role == Role.STANDALONE ? dataDirectory : processDirectory(dataDirectory, role);
    }

    private static Path processDirectory(final Path dataDirectory, final Role service) {
        return dataDirectory.resolve("process").resolve(service.text());
    }

    /** The directory that names the driver's: role processes that attach find the one of their common data directory. */
    private Path driverOwner(final Path dataDirectory, final Path processDirectory) {
        final boolean isOwn = driverConfig.mode() == DriverConfig.Mode.EMBEDDED && role != Role.STANDALONE && role != Role.MEDIA_DRIVER;
        return isOwn ? processDirectory : dataDirectory;
    }

    private AgentScheduler acquireScheduler() {
        final ThreadedScheduler.Context context = new ThreadedScheduler.Context(
            processConfig.agentIdle().parkingAtMost(processConfig.agentMaxPark(), processConfig.agentMaxRest()),
            processConfig.agentIdle().parkingAtMost(processConfig.agentMaxRest()), errors, this::onFatal, prompt);
        return acquired(processConfig.isShared()
            ? ThreadedScheduler.sharedThreads(context, SHARED_THREADS) : ThreadedScheduler.threadPerAgent(context));
    }

    private EventLoopGroup acquireEventLoops() {
        final EventLoopGroup eventLoops = EventLoops.create(processConfig.httpThreads(), prompt);
        resources.push(() -> eventLoops.shutdownGracefully(0, EVENT_LOOPS_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .awaitUninterruptibly(EVENT_LOOPS_TIMEOUT_SECONDS, TimeUnit.SECONDS));
        return eventLoops;
    }

    private HttpEdge launchMetricsEdge(
        final EventLoopGroup eventLoops, final ProcessMetrics metrics, final int port, final HttpLimits httpLimits) {
        return HttpEdge.launch(new HttpEdge.Context()
            .serviceName("process")
            .host(processConfig.bindHost())
            .port(port)
            .portKey("process.metrics-port")
            .eventLoops(eventLoops)
            .limits(httpLimits.forMonitoring())
            .metrics(metrics)
            .errors(errors));
    }

    private void launched(final Role service, final int httpPort) {
        httpPorts.put(service, httpPort);
        progress.done(service.text(), "http://" + HostText.endpoint(processConfig.advertiseHost(), httpPort));
    }

    private void onDriverLost(final MediaDriverException cause) {
        errors.end();
        stopSignal.beginAnew(cause.getMessage());
    }

    private void onControlEnded() {
        stopSignal.beginAnew("the control member has ended by itself");
    }

    private void onFatal(final Throwable cause) {
        stopSignal.fail("an agent failed: " + OneLine.of(cause));
    }

    private <T extends AutoCloseable> T acquired(final T resource) {
        resources.push(resource);
        if (stopSignal.isSignalled() && stopSignal.failure() == null) {
            throw new StoppedStartException();
        }
        return resource;
    }
}
