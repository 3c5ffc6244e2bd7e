package io.truenow.tools;

import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.process.BuildVersion;
import io.truenow.fabric.process.PathEncoding;
import io.truenow.tools.bench.BenchCommand;
import io.truenow.tools.catalog.NamespacesCommand;
import io.truenow.tools.catalog.TablesCommand;
import io.truenow.tools.config.ConfigCommand;
import io.truenow.tools.demo.DemoCommand;
import io.truenow.tools.process.StartCommand;
import io.truenow.tools.segment.SegmentCommand;
import io.truenow.tools.status.StatusCommand;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.Callable;

/** The {@code truenow} command. */
@Command(
    name = "truenow",
    description = "A low-latency, off-heap, in-memory data grid for real-time analytics.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    subcommands = {
        StartCommand.class, StatusCommand.class, DemoCommand.class, BenchCommand.class, ConfigCommand.class, SegmentCommand.class,
        NamespacesCommand.class, TablesCommand.class,
        Main.VersionCommand.class, AutoComplete.GenerateCompletion.class, HelpCommand.class})
public final class Main {
    /** What was asked for cannot be, however often it is asked: wrong arguments, wrong configuration. */
    private static final int WRONG = 2;

    private Main() {
    }

    /** Ends the process with 0 if all went well, 1 after a failure told in one line, 2 for wrong arguments and configuration. */
    public static void main(final String[] args) {
        setLocale();
        System.exit(run(args));
    }

    /** Carries the command out in this process. */
    public static int run(final String... args) {
        final CommandLine commandLine = new CommandLine(new Main());
        commandLine.setParameterExceptionHandler((exception, _) -> refuse(WrongArguments.explain(exception)));
        commandLine.setExecutionExceptionHandler((exception, _, _) -> {
            if (exception instanceof ConfigException) {
                return refuse(exception.getMessage());
            }
            System.err.println("truenow: " + OneLine.of(exception));
            return 1;
        });
        if (args.length == 0) {
            commandLine.usage(System.err);
            return WRONG;
        }
        for (final String argument : args) {
            final String whyNot = PathEncoding.whyUnusable(argument);
            if (whyNot != null) {
                return refuse("the argument " + argument + ' ' + whyNot);
            }
        }
        return commandLine.execute(args);
    }

    private static int refuse(final String reason) {
        System.err.println("truenow: " + reason);
        return WRONG;
    }

    /**
     * What people and programs read of us is the same everywhere: ASCII digits, dates of the ISO calendar, UTC. Libraries that ask for the
     * default, as loggers do, get this one; it is to be set before the first of them does.
     */
    private static void setLocale() {
        Locale.setDefault(Locale.ROOT);
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
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
