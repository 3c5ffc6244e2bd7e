package io.truenow.tools;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A command carried out in this process, with what it printed. Not for tests that run at once: standard streams are the process'.
 *
 * @param exitCode of the command.
 * @param out      its standard output.
 * @param err      its standard error.
 */
public record CommandRun(int exitCode, String out, String err) {
    /** Carries it out. */
    public static CommandRun of(final String... arguments) {
        final PrintStream outBefore = System.out;
        final PrintStream errBefore = System.err;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            final int exitCode = Main.run(arguments);
            return new CommandRun(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }
}
