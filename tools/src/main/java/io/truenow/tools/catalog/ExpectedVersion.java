package io.truenow.tools.catalog;

import picocli.CommandLine.Option;

/** That the catalog has not changed since somebody looked; mixed into commands. */
final class ExpectedVersion {
    @Option(names = "--expect-version", paramLabel = "VERSION",
        description = "Change nothing unless the catalog is at this version, the 'version' of a listing with --json.")
    private Long version;

    /** Null for any. */
    Long version() {
        return version;
    }
}
