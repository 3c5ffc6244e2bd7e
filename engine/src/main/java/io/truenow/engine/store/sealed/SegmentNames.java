package io.truenow.engine.store.sealed;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of segment files: {@code <span start in seconds since 1970>-<uid, 16 hex digits>-<rows>.tns}. They tell what a file that cannot be
 * read held.
 */
public final class SegmentNames {
    /** Ends the name of a file under way. */
    public static final String UNFINISHED = ".tmp";
    /** Ends the name of a file that was set aside. */
    public static final String DAMAGED = ".damaged";
    /** Ends the name of one whose shard has been fed again since. */
    public static final String SETTLED = ".settled";
    /** Ends the name of a file of another catalog. */
    public static final String FOREIGN = ".foreign";

    private static final String SUFFIX = ".tns";
    private static final Pattern NAME = Pattern.compile("(-?\\d{1,15})-([0-9a-f]{16})-(\\d{1,9})\\.tns");
    private static final long US_PER_SECOND = 1_000_000;

    private SegmentNames() {
    }

    /**
     * What a name says.
     *
     * @param spanStartUs start of the span.
     * @param uid         of the segment.
     * @param rowCount    its rows.
     */
    public record Parts(long spanStartUs, long uid, int rowCount) {
    }

    /** The name of a segment's file. */
    public static String of(final SegmentIdentity identity, final int rowCount) {
        return String.format(Locale.ROOT, "%d-%016x-%d%s", identity.spanStartUs() / US_PER_SECOND, identity.uid(), rowCount, SUFFIX);
    }

    /** The name of a file while it is written. */
    public static String unfinished(final Path file) {
        return file.getFileName() + UNFINISHED;
    }

    /** What the name says, or null if it is not one of a segment file. */
    public static Parts parse(final Path file) {
        final Matcher matcher = NAME.matcher(file.getFileName().toString());
        return matcher.matches()
            ? new Parts(Long.parseLong(matcher.group(1)) * US_PER_SECOND, HexFormat.fromHexDigitsToLong(matcher.group(2)),
                Integer.parseInt(matcher.group(3)))
            : null;
    }
}
