package io.truenow.tools.process;

import io.aeron.exceptions.AeronException;
import io.truenow.driver.DriverConfig;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.process.BuildVersion;
import io.truenow.tools.OneLine;
import io.truenow.tools.config.ConfigOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code truenow start}: runs until SIGTERM or Ctrl-C. Exit code 143 or 130 then, as the Java machine has it for a process that closed
 * everything; 1 after a failure told in one line.
 */
@Command(name = "start", description = {
    "Start TrueNow: everything in this process, or one service of it.",
    "Ends on Ctrl-C and SIGTERM (exit code 130 and 143); exit code 1 and one line if it cannot start or go on.",
    "A process that loses its media driver begins anew, under its process id, as soon as there is one."})
public final class StartCommand implements Callable<Integer> {
    /** Added to the arguments of a process that begins anew. */
    static final String AGAIN = "--again";

    private static final long READY_POLL_MS = 5;
    private static final long TELL_NS = TimeUnit.SECONDS.toNanos(5);

    @Mixin
    private ConfigOptions options;

    @Option(names = "--role", defaultValue = "standalone",
        description = "standalone, control, gateway, hot-tier, query or media-driver. Default: ${DEFAULT-VALUE}")
    private String roleText;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Where data is kept. Default: process.data-dir, which is ./data")
    private String dataDir;

    @Option(names = AGAIN, hidden = true,
        description = "This process has been running and begins anew: it waits for a media driver as long as it takes.")
    private boolean isAgain;

    @Override
    public Integer call() throws InterruptedException {
        final Role role = Role.parse(roleText);
        if (dataDir != null) {
            options.set("process.data-dir", dataDir);
        }
        final ConfigLoader config = configFor(role);
        final Progress progress = new Progress(System.out);
        progress.line("TrueNow " + BuildVersion.current() + ", " + role.text() + ", pid " + ProcessHandle.current().pid());
        final StopSignal stopSignal = new StopSignal();
        try (stopSignal; ServiceProcess process = ServiceProcess.launch(role, config, isAgain, stopSignal, progress)) {
            awaitReady(process, stopSignal, progress);
            if (!stopSignal.isSignalled()) {
                announce(role, process, progress);
                stopSignal.await();
            }
            progress.line(stopSignal.whyAnew() == null ? "stopping" : "beginning anew");
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
        return 0;
    }

    /** A role process never starts a driver unasked. */
    private ConfigLoader configFor(final Role role) {
        final ConfigLoader config = options.load();
        if (config.bind("driver", DriverConfig.class).mode() != DriverConfig.Mode.AUTO) {
            return config;
        }
        options.set("driver.mode", role == Role.STANDALONE || role == Role.MEDIA_DRIVER ? "embedded" : "attached");
        return options.load();
    }

    private static void awaitReady(final ServiceProcess process, final StopSignal stopSignal, final Progress progress)
        throws InterruptedException {
        String whyNot = process.whyNotReady();
        long tellAtNs = System.nanoTime() + TELL_NS;
        while (whyNot != null && !stopSignal.await(READY_POLL_MS)) {
            if (System.nanoTime() - tellAtNs > 0) {
                progress.line("  waiting, " + whyNot);
                tellAtNs = System.nanoTime() + TELL_NS;
            }
            whyNot = process.whyNotReady();
        }
        progress.done("services", whyNot == null ? "ready" : whyNot);
    }

    private static void announce(final Role role, final ServiceProcess process, final Progress progress) {
        final String host = "http://" + process.config().advertiseHost() + ':';
        progress.line("ready in " + progress.elapsed());
        progress.line("");
        final Map<Role, Integer> ports = process.httpPorts();
        ports.forEach((service, port) -> progress.line(String.format(Locale.ROOT, "  %-10s %s%d", service.text(), host, port)));
        progress.line(String.format(Locale.ROOT, "  %-10s %s%d/metrics", "metrics", host, process.metricsPort()));
        if (role == Role.STANDALONE) {
            progress.line("");
            progress.line(FirstSteps.text(host + ports.get(Role.GATEWAY), host + ports.get(Role.QUERY)));
            progress.line("`truenow demo` sends a live stream to play with; Ctrl-C stops.");
        }
    }
}
