package io.truenow.tools.process;

import io.aeron.Aeron;
import io.netty.channel.EventLoopGroup;
import io.truenow.control.ControlModule;
import io.truenow.driver.DriverConfig;
import io.truenow.driver.MediaDriverException;
import io.truenow.driver.MediaDriverLauncher;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.agent.PromptThreads;
import io.truenow.fabric.agent.RestingThreads;
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
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Resources;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.fabric.time.Clocks;
import io.truenow.fabric.time.PauseWatch;
import io.truenow.fabric.time.WallClock;
import io.truenow.tools.OneLine;
import io.truenow.tools.config.ProcessConfig;
import io.truenow.tools.config.Sections;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One process of TrueNow: what its services share, and the services of its role. Launched and closed by one thread; whatever was acquired
 * is released in reverse, also when the launch fails half way.
 */
final class ServiceProcess implements AutoCloseable {
    private static final long EVENT_LOOPS_TIMEOUT_SECONDS = 5;

    private static final Logger LOGGER = LoggerFactory.getLogger(ServiceProcess.class);
    /** Longest rest of agents that a driver in their process wakes. */
    private static final Duration RUNG_REST = Duration.ofMillis(4);

    private final Role role;
    private final Sections sections;
    private final boolean isAgain;
    private final PromptThreads prompt;
    private final StopSignal stopSignal;
    private final Progress progress;
    private final RestingThreads resting = new RestingThreads();
    private final Resources resources = new Resources(this::onCloseError);
    /** HTTP port by service, in the order of launch. */
    private final Map<String, Integer> httpPorts = new LinkedHashMap<>();
    private ErrorLog errors;
    private int metricsPort;

    private ServiceProcess(
        final Role role, final Sections sections, final boolean isAgain, final StopSignal stopSignal, final Progress progress) {
        this.role = role;
        this.sections = sections;
        this.isAgain = isAgain;
        this.prompt = new PromptThreads(config().agentSlice().toNanos());
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
    Map<String, Integer> httpPorts() {
        return httpPorts;
    }

    /** Of {@code /metrics} for the whole process; 0 if it has no port of its own. */
    int metricsPort() {
        return metricsPort;
    }

    ProcessConfig config() {
        return sections.process();
    }

    /** Null if every service is ready, else the first reason why not. */
    String whyNotReady() {
        return Readiness.whyNot(config().connectHost(), httpPorts);
    }

    @Override
    public void close() {
        resources.close();
    }

    private void acquire() {
        final HttpLimits httpLimits = checkFiles();
        final Path dataDirectory = config().dataDir().toAbsolutePath().normalize();
        final Path processDirectory = lockDirectories(dataDirectory);
        errors = ErrorLog.open(processDirectory);
        final PauseWatch pauseWatch = acquired(PauseWatch.launch(WallClock.INSTANCE));
        progress.done("data", dataDirectory.toString());
        if (config().compilersGiveWay()) {
            final String whyNot = CompilerThreads.giveWay();
            if (whyNot != null) {
                LOGGER.info("compilers of the Java machine do not give way to events and queries: {}", whyNot);
            }
        }
        role.services().forEach(service -> service.preload(dataDirectory.resolve(service.name())));

        final MediaDriverLauncher driver = acquired(MediaDriverLauncher.launch(new MediaDriverLauncher.Context(
            sections.driver(), driverOwner(dataDirectory, processDirectory), errors, this::onDriverLost, prompt, resting, isAgain,
            stopSignal::isSignalled)));
        progress.done("media driver", sections.driver().mode().name().toLowerCase(Locale.ROOT) + " in " + driver.directory());

        final Aeron aeron = driver.connect("truenow-" + role.text());
        final ProcessMetrics metrics = ProcessMetrics.over(aeron);
        pauseWatch.addTo(metrics);
        final EventLoopGroup eventLoops = acquireEventLoops();
        final Integer wantedMetricsPort = config().metricsPortOf(role.hasDriver());
        if (wantedMetricsPort != null) {
            metricsPort = acquired(launchMetricsEdge(eventLoops, metrics, wantedMetricsPort, httpLimits)).port();
        }
        if (role == Role.MEDIA_DRIVER) {
            return;
        }
        launchServices(driver, aeron, eventLoops, httpLimits, metrics, dataDirectory);
    }

    /** Before anything is opened, since what fails for want of a file says so in many ways. */
    private HttpLimits checkFiles() {
        OpenFiles.raiseLimit();
        final FileNeeds needs = new FileNeeds(role, sections.driver().mode() == DriverConfig.Mode.EMBEDDED, config().httpThreads());
        final FileNeeds.Fit fit = needs.fit(sections.http(), OpenFiles.limit());
        if (fit.warning() != null) {
            LOGGER.warn(fit.warning());
        }
        return fit.limits();
    }

    private void launchServices(
        final MediaDriverLauncher driver, final Aeron aeron, final EventLoopGroup eventLoops, final HttpLimits httpLimits,
        final ProcessMetrics metrics, final Path dataDirectory) {
        final ControlMembers members = sections.of(ControlModule.INSTANCE).controlMembers();
        final CatalogFeed catalogFeed =
            acquired(new CatalogFeed(aeron, config().advertiseHost(), members.catalogEndpoints(), errors));
        final AeronControlClient control = acquired(new AeronControlClient(
            aeron, members, config().advertiseHost(), config().controlTimeout().toNanos(), errors));
        final ServiceEnvironment environment = new ServiceEnvironment(
            aeron, driver.channels(), config().bindHost(), config().advertiseHost(), catalogFeed, control,
            acquireScheduler(), eventLoops, httpLimits, metrics, Clocks.SYSTEM, errors);
        role.services().stream().filter(ServiceModule::isCatalogSource)
            .forEach(service -> launch(service, environment, dataDirectory));
        acquired(environment.scheduler().schedule(Duty.COORDINATION, catalogFeed));
        acquired(environment.scheduler().schedule(Duty.COORDINATION, control));
        role.services().stream().filter(service -> !service.isCatalogSource())
            .forEach(service -> launch(service, environment, dataDirectory));
    }

    private <C extends Record> void launch(
        final ServiceModule<C> module, final ServiceEnvironment environment, final Path dataDirectory) {
        final LaunchedService service = acquired(module.launch(new ServiceContext<>(
            environment, dataDirectory.resolve(module.name()), sections.of(module), () -> onEnded(module))));
        httpPorts.put(module.name(), service.httpPort());
        progress.done(module.name(), "http://" + HostText.endpoint(config().advertiseHost(), service.httpPort()));
    }

    /**
     * The locks prove that whatever an earlier process left here belongs to nobody. Role processes share the data directory, each with a
     * directory of its own below {@code process}; a standalone process takes all of them.
     */
    private Path lockDirectories(final Path dataDirectory) {
        if (role == Role.STANDALONE) {
            acquired(DataDirectory.open(dataDirectory));
        }
        if (role == Role.MEDIA_DRIVER) {
            acquired(DataDirectory.open(processDirectory(dataDirectory, role.text())));
        }
        for (final ServiceModule<?> service : role.services()) {
            acquired(DataDirectory.open(processDirectory(dataDirectory, service.name())));
        }
        return role == Role.STANDALONE ? dataDirectory : processDirectory(dataDirectory, role.text());
    }

    private static Path processDirectory(final Path dataDirectory, final String name) {
        return dataDirectory.resolve("process").resolve(name);
    }

    /** The directory that names the driver's: role processes that attach find the one of their common data directory. */
    private Path driverOwner(final Path dataDirectory, final Path processDirectory) {
        final boolean isOwn = sections.driver().mode() == DriverConfig.Mode.EMBEDDED && !role.hasDriver();
        return isOwn ? processDirectory : dataDirectory;
    }

    private AgentScheduler acquireScheduler() {
        final Duration maxRest = ringsDriver() && config().agentMaxRest().compareTo(RUNG_REST) < 0 ? RUNG_REST : config().agentMaxRest();
        final ThreadedScheduler.Context context = new ThreadedScheduler.Context(
            config().agentIdle().parkingAtMost(config().agentMaxPark(), maxRest, resting),
            config().agentIdle().parkingAtMost(maxRest, maxRest, resting), errors, this::onFatal, prompt);
        return acquired(config().isShared()
            ? ThreadedScheduler.sharedThreads(context) : ThreadedScheduler.threadPerAgent(context));
    }

    /** Whether the media driver is in this process, and wakes those that rest. */
    private boolean ringsDriver() {
        return sections.driver().mode() == DriverConfig.Mode.EMBEDDED;
    }

    private EventLoopGroup acquireEventLoops() {
        final EventLoopGroup eventLoops = EventLoops.create(config().httpThreads(), prompt);
        resources.add(() -> eventLoops.shutdownGracefully(0, EVENT_LOOPS_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .awaitUninterruptibly(EVENT_LOOPS_TIMEOUT_SECONDS, TimeUnit.SECONDS));
        return eventLoops;
    }

    private HttpEdge launchMetricsEdge(
        final EventLoopGroup eventLoops, final ProcessMetrics metrics, final int port, final HttpLimits httpLimits) {
        return HttpEdge.launch(new HttpEdge.Context()
            .serviceName("process")
            .host(config().bindHost())
            .port(port)
            .portKey("process.metrics-port")
            .eventLoops(eventLoops)
            .limits(httpLimits.forMonitoring())
            .metrics(metrics)
            .errors(errors));
    }

    private void onDriverLost(final MediaDriverException cause) {
        errors.end();
        stopSignal.beginAnew(cause.getMessage());
    }

    private void onEnded(final ServiceModule<?> module) {
        stopSignal.beginAnew("the service " + module.name() + " has ended by itself");
    }

    private void onCloseError(final Throwable error) {
        if (errors != null) {
            errors.onError(error);
        }
    }

    private void onFatal(final Throwable cause) {
        stopSignal.fail("an agent failed: " + OneLine.of(cause));
    }

    private <T extends AutoCloseable> T acquired(final T resource) {
        resources.add(resource);
        if (stopSignal.isSignalled() && stopSignal.failure() == null) {
            throw new StoppedStartException();
        }
        return resource;
    }
}
