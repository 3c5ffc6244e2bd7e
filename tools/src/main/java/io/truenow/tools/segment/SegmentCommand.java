package io.truenow.tools.segment;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with segment files. */
@Command(name = "segment", description = "Look into segment files.", subcommands = {InspectCommand.class, HelpCommand.class})
public final class SegmentCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do, such as `truenow segment inspect FILE`");
    }
}
