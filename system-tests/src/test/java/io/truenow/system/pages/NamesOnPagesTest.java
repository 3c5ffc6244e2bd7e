package io.truenow.system.pages;

import io.truenow.system.e2e.TestDirectories;
import io.truenow.system.process.Deployment;
import io.truenow.tools.Main;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Every code, metric, key, command and message that a page names is the product's, and every metric and key of the product is on a page:
 * those that no page tells of are on the page of names, which {@code -Dtest.pages.write=true} brings up to date. Codes have a page of their
 * own.
 */
@Tag("system")
class NamesOnPagesTest {
    private static final String REFERENCE = "docs/names.md";
    private static final Pattern SNAKE = Pattern.compile("[a-z]+(?:_[a-z0-9]+)+");
    private static final Pattern KEY = Pattern.compile("(?:process|driver|control|gateway|hot-tier|query)\\.[a-z]+(?:-[a-z]+)*");
    private static final Pattern METRIC = Pattern.compile("(?:truenow|aeron|jvm)_[a-z0-9_]+");
    private static final Pattern HELP = Pattern.compile("# HELP (\\S+) (.*)");
    private static final Set<String> FILES = Set.of("yaml", "xml", "json", "log");
    /** Messages of others than TrueNow, and what a page composes of two. */
    private static final Set<String> NOT_OURS = Set.of("Map failed");
    private static final int LEAST_PART = 4;

    private final Path root = Path.of("").toAbsolutePath().getParent();
    private final List<Page> pages = Page.all(root);

    @Test
    void keys() throws IOException {
        final TreeMap<String, String> keys = Product.keys(root);
        final List<String> wrong = new ArrayList<>();
        for (final Page page : pages) {
            for (final String span : page.spans()) {
                final Matcher key = KEY.matcher(span);
                if (key.lookingAt() && (key.end() == span.length() || " :=".indexOf(span.charAt(key.end())) >= 0)
                    && !keys.containsKey(key.group()) && !FILES.contains(key.group().substring(key.group().indexOf('.') + 1))) {
                    wrong.add(page.name() + ": " + span);
                }
            }
        }
        assertEquals(List.of(), wrong, "no such keys");
        assertTold("Configuration keys", keys);
    }

    @Test
    void words() throws IOException {
        final Set<String> words = Product.words(root);
        final String said = Product.messages(root);
        final List<String> wrong = new ArrayList<>();
        for (final Page page : pages) {
            if (page.name().equals("docs/design.md")) {
                continue; // the target, not the product
            }
            for (final String span : page.spans()) {
                if (SNAKE.matcher(span).matches() && !METRIC.matcher(span).matches() && !words.contains(span) && !said.contains(span)
                    && !isComposed(words, span)) {
                    wrong.add(page.name() + ": " + span);
                }
            }
        }
        assertEquals(List.of(), wrong, "the product has no such word");
    }

    @Test
    void metrics() throws IOException {
        final TreeMap<String, String> metrics = new TreeMap<>();
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("names")).start()) {
            final Matcher help = HELP.matcher(deployment.get("gateway", "/metrics").body());
            while (help.find()) {
                metrics.put(help.group(1), help.group(2));
            }
        }
        final List<String> wrong = new ArrayList<>();
        for (final Page page : pages) {
            for (final String span : page.spans()) {
                final Matcher metric = METRIC.matcher(span);
                if (metric.lookingAt() && !metric.group().endsWith("_") && !metrics.containsKey(metric.group())) {
                    wrong.add(page.name() + ": " + span);
                }
            }
        }
        assertEquals(List.of(), wrong, "no such metrics");
        metrics.keySet().removeIf(name -> !name.startsWith("truenow_"));
        assertTold("Metrics", metrics);
    }

    @Test
    void commands() {
        final List<String> wrong = new ArrayList<>();
        for (final Page page : pages) {
            final List<String> lines = new ArrayList<>(page.spans());
            page.blocks().stream().filter(block -> block.language().equals("sh"))
                .forEach(block -> block.text().lines().forEach(lines::add));
            for (final String line : lines) {
                if (line.matches("(\\./)?truenow [a-z].*")) {
                    try {
                        new CommandLine(Main.class).parseArgs(line.replaceAll("\\s[#&].*", "").replaceAll("[\\[\\]]", "")
                            .replaceFirst("^\\S+ ", "").split(" "));
                    } catch (final CommandLine.ParameterException e) {
                        wrong.add(page.name() + ": " + line + ": " + e.getMessage());
                    }
                }
            }
        }
        assertEquals(List.of(), wrong, "commands that cannot be typed");
    }

    @Test
    void messages() throws IOException {
        final String said = Product.messages(root);
        final Page operations = pages.stream().filter(page -> page.name().equals("docs/operations.md")).findFirst().orElseThrow();
        final Pattern message = Pattern.compile("^\\| `([^`]+)`.*");
        final List<String> wrong = new ArrayList<>();
        boolean isIn = false;
        int found = 0;
        for (final String line : operations.lines()) {
            isIn = line.startsWith("## ") ? line.equals("## Troubleshooting") : isIn;
            final Matcher first = message.matcher(line);
            if (isIn && first.matches() && !NOT_OURS.contains(first.group(1))) {
                found++;
                // values are left out: numbers, what stands for one, what is in parentheses or between slashes
                for (final String part : first.group(1).split("…|\\.\\*|[0-9][0-9.]*(/udp)?( on)?|[()/]")) {
                    if (part.strip().length() >= LEAST_PART && !said.contains(part.strip()) && !isSaidInParts(said, part)) {
                        wrong.add(first.group(1) + " (" + part.strip() + ')');
                    }
                }
            }
        }
        assertEquals(List.of(), wrong, "nothing says so");
        assertEquals(true, found > 5, "messages are not found any more");
    }

    @Test
    void links() {
        final List<String> broken = new ArrayList<>();
        for (final Page page : pages) {
            final Path file = root.resolve(page.name());
            final Matcher link = Pattern.compile("\\]\\((?!https?:)([^)#]*)(?:#([^)]*))?\\)").matcher(String.join("\n", page.lines()));
            while (link.find()) {
                final Path target = link.group(1).isEmpty() ? file : file.resolveSibling(link.group(1));
                if (!Files.exists(target) || link.group(2) != null && !hasHeading(target, link.group(2))) {
                    broken.add(page.name() + ": " + link.group());
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    /** Such as {@code invalid_limit}, of a member's name. */
    private static boolean isComposed(final Set<String> words, final String span) {
        final int end = span.indexOf('_') + 1;
        return words.contains(span.substring(end)) && (span.startsWith("invalid_") || span.startsWith("missing_"));
    }

    private static boolean isSaidInParts(final String said, final String part) {
        for (final String piece : part.split("(?<=[,:]) ")) {
            if (piece.strip().length() >= LEAST_PART && !said.contains(piece.strip().replaceAll("[,:]$", ""))) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasHeading(final Path page, final String anchor) {
        try {
            return Files.readAllLines(page).stream().filter(line -> line.startsWith("#")).anyMatch(line -> line.replaceFirst("^#+ ", "")
                .toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-').equals(anchor));
        } catch (final IOException e) {
            return false;
        }
    }

    /** Fails for names that no page tells of; or writes them. */
    private void assertTold(final String section, final TreeMap<String, String> names) throws IOException {
        final Path page = root.resolve(REFERENCE);
        if (Boolean.getBoolean("test.pages.write")) {
            NamesPage.write(page, section, names);
            return;
        }
        final Set<String> told = new TreeSet<>();
        for (final Page each : pages) {
            each.spans().forEach(span -> told.add(span.replaceAll("[{ :=].*", "")));
        }
        final TreeSet<String> untold = new TreeSet<>(names.keySet());
        untold.removeAll(told);
        assertEquals(Set.of(), untold, "on no page; `mvn -pl system-tests -am test -Dtest=NamesOnPagesTest -Dtest.pages.write=true"
            + " -Dsurefire.failIfNoSpecifiedTests=false` brings " + REFERENCE + " up to date");
        assertEquals(NamesPage.section(section, names), NamesPage.sectionOf(page, section), REFERENCE + " is not up to date");
    }
}
