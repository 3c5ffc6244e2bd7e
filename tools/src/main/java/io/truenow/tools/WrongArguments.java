package io.truenow.tools;

import io.truenow.fabric.config.Nearest;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.List;

/** Says in one line what is wrong with arguments, what may have been meant, and where help is. */
final class WrongArguments {
    private WrongArguments() {
    }

    static String explain(final ParameterException exception) {
        final CommandSpec command = exception.getCommandLine().getCommandSpec();
        final String reason = exception instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()
            ? unmatched(unmatched, command) : OneLine.of(exception);
        return reason + "; see `" + command.qualifiedName() + " --help`";
    }

    private static String unmatched(final UnmatchedArgumentException exception, final CommandSpec command) {
        final String argument = exception.getUnmatched().getFirst();
        final String word = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
        final boolean isOption = word.startsWith("-");
        final List<String> known = isOption
            ? command.optionsMap().keySet().stream().filter(name -> name.startsWith("--")).toList()
            : List.copyOf(command.subcommands().keySet());
        final String nearest = Nearest.ifNear(word, known);
        final String what = isOption ? "unknown option " : known.isEmpty() ? "unexpected argument " : "unknown command ";
        return what + word + (nearest == null ? "" : "; did you mean " + nearest + '?');
    }
}
