package io.truenow.system.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page: its fenced blocks and its code spans. A comment {@code <!-- example: .. -->} right before a fence, which readers do not see, says
 * what a test does with the block; see {@link PagesTest}. Immutable.
 *
 * @param name   relative to the root, such as {@code docs/operations.md}.
 * @param blocks in the order of the page.
 * @param spans  what stands between backticks, outside of fenced blocks.
 * @param lines  all of them.
 */
record Page(String name, List<Block> blocks, List<String> spans, List<String> lines) {
    private static final String FENCE = "```";
    private static final Pattern MARK = Pattern.compile("<!-- example: (.*) -->");
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

    /**
     * A fenced block.
     *
     * @param line     of its fence, from 1.
     * @param language after the fence, or empty.
     * @param mark     of the comment before it, or empty.
     */
    record Block(String page, int line, String language, String mark, String text) {
        String place() {
            return page + ':' + line;
        }
    }

    /** README and all of docs, decisions excepted, as they tell of their time. */
    static List<Page> all(final Path root) {
        try (Stream<Path> files = Files.list(root.resolve("docs"))) {
            final List<Path> pages = new ArrayList<>(List.of(root.resolve("README.md")));
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
            return pages.stream().map(file -> read(root, file)).toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Page read(final Path root, final Path file) {
        final List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final String name = root.relativize(file).toString();
        final List<Block> blocks = new ArrayList<>();
        final List<String> spans = new ArrayList<>();
        String mark = "";
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            if (line.startsWith(FENCE)) {
                final int first = i + 1;
                i = first;
                while (!lines.get(i).startsWith(FENCE)) {
                    i++;
                }
                final String text = String.join("\n", lines.subList(first, i)) + '\n';
                blocks.add(new Block(name, first, line.substring(FENCE.length()).strip(), mark, text));
                mark = "";
                continue;
            }
            final Matcher marked = MARK.matcher(line);
            mark = marked.matches() ? marked.group(1) : line.isBlank() ? mark : "";
            final Matcher span = SPAN.matcher(line);
            while (span.find()) {
                spans.add(span.group(1).strip());
            }
        }
        return new Page(name, List.copyOf(blocks), List.copyOf(spans), List.copyOf(lines));
    }
}
