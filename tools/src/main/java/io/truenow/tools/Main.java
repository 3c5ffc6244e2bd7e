package io.truenow.tools;

import io.truenow.fabric.process.BuildVersion;
import io.truenow.tools.bench.BenchCommand;
import io.truenow.tools.config.ConfigCommand;
import io.truenow.tools.demo.DemoCommand;
import io.truenow.tools.process.StartCommand;
import io.truenow.tools.segment.SegmentCommand;
import io.truenow.tools.status.StatusCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

import java.util.concurrent.Callable;

/** The {@code truenow} command. */
@Command(
    name = "truenow",
    description = "A low-latency, off-heap, in-memory data grid for real-time analytics.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
        StartCommand.class, StatusCommand.class, DemoCommand.class, BenchCommand.class, ConfigCommand.class, SegmentCommand.class,
        Main.VersionCommand.class})
public final class Main {
    private Main() {
    }

    /** Ends the process with 0 if all went well, 1 after a failure told in one line, 2 for wrong arguments. */
    public static void main(final String[] args) {
        System.exit(run(args));
    }

    /** Carries the command out in this process. */
    public static int run(final String... args) {
        final CommandLine commandLine = new CommandLine(new Main());
        commandLine.setExecutionExceptionHandler((exception, command, parseResult) -> {
            System.err.println("truenow: " + OneLine.of(exception));
            return 1;
        });
        if (args.length == 0) {
            commandLine.usage(System.out);
            return 2;
        }
        return commandLine.execute(args);
    }

    /** {@code truenow version}. */
    @Command(name = "version", description = "Print the version.")
    static final class VersionCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            System.out.println(BuildVersion.current() + " on Java " + Runtime.version());
            return 0;
        }
    }

    /** For {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"truenow " + BuildVersion.current()};
        }
    }
}
