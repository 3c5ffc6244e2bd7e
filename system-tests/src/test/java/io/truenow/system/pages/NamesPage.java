package io.truenow.system.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** The page of names: what the product says of them itself, in sections. Stateless. */
final class NamesPage {
    private static final String HEADING = "## ";

    private NamesPage() {
    }

    /** The section as it should be. */
    static String section(final String name, final SortedMap<String, String> meanings) {
        final StringBuilder text = new StringBuilder(HEADING + name + "\n| name | |\n|---|---|\n");
        meanings.forEach((key, meaning) ->
            text.append("| `").append(key).append("` | ").append(meaning.replace("|", "\\|")).append(" |\n"));
        return text.append('\n').toString();
    }

    /** The section as it is, empty if there is none. */
    static String sectionOf(final Path page, final String name) throws IOException {
        final String text = Files.exists(page) ? Files.readString(page) : "";
        final int start = text.indexOf(HEADING + name + '\n');
        final int end = start < 0 ? -1 : text.indexOf("\n" + HEADING, start);
        return start < 0 ? "" : end < 0 ? text.substring(start) : text.substring(start, end + 1);
    }

    /** Puts the section in place of the one that is there. */
    static void write(final Path page, final String name, final SortedMap<String, String> meanings) throws IOException {
        final String former = sectionOf(page, name);
        final String text = Files.readString(page);
        Files.writeString(page, former.isEmpty() ? text + section(name, meanings) : text.replace(former, section(name, meanings)));
    }
}
