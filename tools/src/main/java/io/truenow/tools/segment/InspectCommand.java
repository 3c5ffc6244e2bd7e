package io.truenow.tools.segment;

import io.truenow.engine.store.sealed.SegmentInspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Prints what a segment file says of itself and whether its checksums agree. Needs no service; a node may be using the file. */
@Command(name = "inspect", description = "Print what is in a segment file; exit code 1 if it is damaged.")
public final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A file *.tns of a node's directory sealed/, or one that was set aside.")
    private Path file;

    @Option(names = "--blocks", description = "Print every block's zone map too.")
    private boolean hasBlocks;

    @Option(names = "--json", description = "Print JSON.")
    private boolean isJson;

    @Override
    public Integer call() throws IOException {
        final SegmentInspector.Inspection inspection = new SegmentInspector().inspect(file);
        System.out.print(isJson ? InspectionJson.of(file, inspection, hasBlocks) : InspectionText.of(file, inspection, hasBlocks));
        return inspection.isWhole() ? 0 : 1;
    }
}
