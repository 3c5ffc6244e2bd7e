package io.truenow.fabric.process;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The encoding in which the Java machine names files to the operating system. It takes it from the locale when it starts, and no option
 * changes it: in the POSIX locale of cron and of system units ({@code LC_ALL=C}) it is ASCII, in which most characters have no name, and
 * those of arguments and of the working directory are lost before any code of ours runs. Names of our files are UTF-8 whatever the locale,
 * so that the next start finds them: the launcher sets a locale of UTF-8, and without it a name beyond ASCII is refused. Stateless.
 */
public final class PathEncoding {
    private static final String NAME = System.getProperty("sun.jnu.encoding", "");
    private static final boolean IS_UTF_8 = isUtf8(NAME);
    /** What the Java machine puts where it could not decode. */
    private static final char REPLACEMENT = '\uFFFD';

    private PathEncoding() {
    }

    /** Null if the text can name a file and came here whole, else why not and what to do. */
    public static String whyUnusable(final String text) {
        return whyUnusable(text, IS_UTF_8, NAME);
    }

    static String whyUnusable(final String text, final boolean isUtf8, final String encoding) {
        if (!isUtf8 && !text.chars().allMatch(character -> character < 0x80)) {
            return "has characters that the locale's encoding, " + encoding
                + ", does not keep, while names of files are UTF-8: start it with LC_ALL=C.UTF-8";
        }
        return text.indexOf(REPLACEMENT) >= 0 ? "has bytes that are not UTF-8" : null;
    }

    private static boolean isUtf8(final String encoding) {
        return Charset.isSupported(encoding) && Charset.forName(encoding).equals(StandardCharsets.UTF_8);
    }
}
