package io.truenow.tools.process;

import io.aeron.exceptions.AeronException;
import io.truenow.driver.DriverConfig;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.process.BuildVersion;
import io.truenow.gateway.GatewayModule;
import io.truenow.query.QueryModule;
import io.truenow.tools.OneLine;
import io.truenow.tools.config.ConfigOptions;
import io.truenow.tools.config.Sections;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code truenow start}: runs until SIGTERM or Ctrl-C. Exit code 143 or 130 then, as of any process that these end; 1 after a failure told
 * in one line.
 */
@Command(name = "start", description = {
    "Start TrueNow: everything in this process, or one service of it.",
    "Ends on Ctrl-C and SIGTERM (exit code 130 and 143); exit code 1 and one line if it cannot start or go on.",
    "A process that loses its media driver begins anew, under its process id, as soon as there is one."})
public final class StartCommand implements Callable<Integer> {
    /** Added to the arguments of a process that begins anew. */
    static final String AGAIN = "--again";

    @Mixin
    private ConfigOptions options;

    @Option(names = "--role", paramLabel = "ROLE", defaultValue = "standalone", converter = RoleConverter.class,
        completionCandidates = Role.Names.class, description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private Role role;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Where data is kept. Default: process.data-dir, which is ./data")
    private String dataDir;

    @Option(names = AGAIN, hidden = true,
        description = "This process has been running and begins anew: it waits for a media driver as long as it takes.")
    private boolean isAgain;

    @Override
    public Integer call() throws InterruptedException {
        if (dataDir != null) {
            options.set("process.data-dir", dataDir);
        }
        final ConfigLoader config = options.load();
        final Sections sections = withDriver(role, Sections.of(config));
        StartChecks.run(role, sections, config, warning -> System.err.println("truenow: warning: " + warning));
        final StopSignal stopSignal = new StopSignal();
        final Progress progress = new Progress(System.out);
        progress.line("TrueNow " + BuildVersion.current() + ", " + role.text() + ", pid " + ProcessHandle.current().pid());
        try (stopSignal; ServiceProcess process = ServiceProcess.launch(role, sections, isAgain, stopSignal, progress)) {
            awaitReady(process, stopSignal, progress);
            if (!stopSignal.isSignalled()) {
                announce(role, process, progress);
                stopSignal.await();
            }
            progress.line(stopSignal.whyAnew() == null ? "stopping" : "beginning anew");
        } catch (final StoppedStartException e) {
            // everything that it had is closed
            progress.line(stopSignal.whyAnew() == null ? "stopped while it started" : "beginning anew");
        } catch (final RuntimeException e) {
            // what is lost while it is being launched makes that fail, in one way or another
            if (isAgain && e instanceof AeronException) {
                stopSignal.beginAnew("the media driver does not answer: " + OneLine.of(e));
            }
            if (stopSignal.whyAnew() == null) {
                throw e;
            }
        }
        if (stopSignal.whyAnew() != null) {
            stopSignal.startAgain();
        }
        if (stopSignal.failure() != null) {
            throw new IllegalStateException(stopSignal.failure());
        }
        return stopSignal.exitCode();
    }

    /** A role process never starts a driver unasked. */
    private static Sections withDriver(final Role role, final Sections sections) {
        if (sections.driver().mode() != DriverConfig.Mode.AUTO) {
            return sections;
        }
        return sections.withDriver(sections.driver().withMode(role.hasDriver() ? DriverConfig.Mode.EMBEDDED : DriverConfig.Mode.ATTACHED));
    }

    private static void awaitReady(final ServiceProcess process, final StopSignal stopSignal, final Progress progress)
        throws InterruptedException {
        final String whyNot = Readiness.await(process::whyNotReady, stopSignal::await, progress::line);
        progress.done("services", whyNot == null ? "ready" : whyNot);
    }

    private static void announce(final Role role, final ServiceProcess process, final Progress progress) {
        final String host = "http://" + HostText.inUrl(process.config().advertiseHost()) + ':';
        progress.line("ready in " + progress.elapsed());
        progress.line("");
        final Map<String, Integer> ports = process.httpPorts();
        ports.forEach((service, port) -> progress.line(String.format(Locale.ROOT, "  %-10s %s%d", service, host, port)));
        if (process.metricsPort() != 0) {
            progress.line(String.format(Locale.ROOT, "  %-10s %s%d/metrics", "metrics", host, process.metricsPort()));
        }
        if (role == Role.STANDALONE) {
            progress.line("");
            progress.line(FirstSteps.text(
                host + ports.get(GatewayModule.INSTANCE.name()), host + ports.get(QueryModule.INSTANCE.name())));
            progress.line("`truenow demo` sends a live stream to play with; Ctrl-C stops.");
        }
    }
}
