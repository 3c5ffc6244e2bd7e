package io.truenow.system.pages;

import io.truenow.system.pages.Page.Block;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Somebody reads README, then how to send, then how to ask, then the other pages, and types what they say: every {@code sh} block runs, in
 * a real shell, against the TrueNow that the blocks before have started; a {@code json} block after it is what has to come. A page that
 * begins a TrueNow while another runs has it stopped first, with the data kept.
 *
 * <p>Comments before a fence say what is different, and why:
 * {@code example: not run, REASON} · {@code example: without "TEXT", REASON} leaves lines that begin with it out ·
 * {@code example: answer of sh N} compares with what the page's N-th sh block answers, when run again ·
 * {@code example: member "NAME" of a query} has the JSON asked in a query as that member.
 * Every other {@code sh} or {@code json} block without a mark runs or fails; blocks in other languages must not hold commands.
 */
@Tag("system")
class PagesTest {
    private static final List<String> READING_ORDER = List.of("README.md", "docs/rest-ingest.md", "docs/rest-query.md");
    private static final Pattern NOT_RUN = Pattern.compile("not run, \\S.*");
    private static final Pattern WITHOUT = Pattern.compile("without \"([^\"]+)\", \\S.*");
    private static final Pattern ANSWER_OF = Pattern.compile("answer of sh (\\d+)");
    private static final Pattern MEMBER = Pattern.compile("member \"(\\w+)\" of a query");
    private static final Pattern START = Pattern.compile("(?m)^\\./truenow start");
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\s*(\\./truenow|curl|mvn) ");
    private static final String READY = """
        for attempt in $(seq 300); do
            ready=yes
            for service in 127.0.0.1:8001 127.0.0.1:9090 127.0.0.1:8088 127.0.0.1:8081; do
                curl -sf -o /dev/null http://$service/ready || ready=
            done
            [ -z "$ready" ] && [ -n "$(jobs -rp)" ] || break
            sleep 0.2
        done
        ./truenow status
        """;
    private static final Duration VISIBLE = Duration.ofSeconds(10);
    private static final int EXIT_SIGTERM = 143;

    private final Path root = Path.of("").toAbsolutePath().getParent();
    private final List<String> unlike = new ArrayList<>();
    private PageShell shell;
    private boolean isRunning;

    @Test
    void everyBlockDoesWhatThePageSays() throws IOException {
        final Path directory = Files.createTempDirectory("truenow-pages");
        try (PageShell opened = PageShell.open(directory)) {
            shell = opened;
            inReadingOrder().forEach(this::type);
            stop();
            assertEquals(List.of(), unlike, "pages say other than what comes");
        } finally {
            delete(directory);
        }
    }

    private List<Page> inReadingOrder() {
        final Map<String, Page> pages = new LinkedHashMap<>();
        Page.all(root).forEach(page -> pages.put(page.name(), page));
        final List<Page> ordered = new ArrayList<>();
        READING_ORDER.forEach(name -> ordered.add(pages.remove(name)));
        ordered.addAll(pages.values());
        return ordered;
    }

    private void type(final Page page) {
        final List<Block> typed = new ArrayList<>();
        String answer = null;
        for (final Block block : page.blocks()) {
            final boolean isMarked = !block.mark().isEmpty();
            if (block.language().equals("sh")) {
                typed.add(block);
                answer = NOT_RUN.matcher(block.mark()).matches() ? null : run(block);
            } else if (block.language().equals("json")) {
                final Matcher answerOf = ANSWER_OF.matcher(block.mark());
                final Matcher member = MEMBER.matcher(block.mark());
                if (member.matches()) {
                    ask(block, member.group(1));
                } else if (answerOf.matches()) {
                    final Block asked = typed.get(Integer.parseInt(answerOf.group(1)) - 1);
                    compare(block, asked, run(asked));
                } else if (!NOT_RUN.matcher(block.mark()).matches()) {
                    assertFalse(isMarked, block.place() + " has a mark that means nothing: " + block.mark());
                    if (answer == null) {
                        unlike.add(block.place() + " shows JSON that no sh block before it answers: mark what it is");
                    } else {
                        compare(block, typed.getLast(), answer);
                    }
                }
                answer = null;
            } else {
                assertFalse(COMMAND.matcher(block.text()).find(), block.place() + " holds commands, so its language is sh");
            }
        }
    }

    private String run(final Block block) {
        final Matcher without = WITHOUT.matcher(block.mark());
        String text = block.text();
        if (without.matches()) {
            text = String.join("\n", text.lines().filter(line -> !line.startsWith(without.group(1))).toList()) + '\n';
        } else if (!block.mark().isEmpty()) {
            throw new AssertionError(block.place() + " has a mark that means nothing: " + block.mark());
        }
        final boolean isStart = START.matcher(text).find();
        if (isStart) {
            stop();
        }
        final PageShell.Result result = shell.run(text);
        if (isStart) {
            isRunning = true;
            if (shell.run(READY).exitCode() != 0) {
                throw new AssertionError(block.place() + " has started nothing that gets ready:\n"
                    + shell.run("tail -n 30 $(ls -t block-*.out block-*.err | head -n 5)").output());
            }
        } else if (result.exitCode() != 0) {
            unlike.add(block.place() + " ends with code " + result.exitCode() + ": " + result.errors() + result.output());
        }
        return result.output();
    }

    /** What was journaled is visible a moment later, so a query may be asked again. */
    private void compare(final Block shown, final Block asked, final String first) {
        final List<JsonNode> expected = ShownJson.values(shown.text());
        final long deadlineNs = System.nanoTime() + VISIBLE.toNanos();
        String difference = difference(expected, first);
        while (difference != null && System.nanoTime() - deadlineNs < 0 && asked.text().contains("/v1/query")) {
            difference = difference(expected, run(asked));
        }
        if (difference != null) {
            unlike.add(shown.place() + ": " + difference);
        }
    }

    /** The last answers are those that are shown. */
    private static String difference(final List<JsonNode> expected, final String output) {
        final List<JsonNode> all;
        try {
            all = ShownJson.values(output);
        } catch (final RuntimeException e) {
            return "no JSON comes but " + output;
        }
        if (all.size() < expected.size()) {
            return "this comes: " + output;
        }
        for (int i = 0; i < expected.size(); i++) {
            final String difference =
                ShownJson.difference("answer", expected.get(i), all.get(all.size() - expected.size() + i));
            if (difference != null) {
                return difference + "; all of it: " + output;
            }
        }
        return null;
    }

    private void ask(final Block block, final String member) {
        final String answer = shell.run(String.format(Locale.ROOT, """
            curl -s http://127.0.0.1:8081/v1/query -d '{"namespace": "shop", "table": "orders",
              "start_time": '$(( ($(date +%%s) - 3600) * 1000000 ))', "end_time": '$(( ($(date +%%s) + 60) * 1000000 ))',
              "%s": %s}'
            """, member, block.text())).output();
        if (!answer.contains("\"results\"")) {
            unlike.add(block.place() + " is no " + member + " of a query: " + answer);
        }
    }

    private void stop() {
        if (isRunning) {
            isRunning = false;
            final List<Integer> codes = shell.stopAll();
            assertFalse(codes.isEmpty());
            assertTrue(codes.stream().allMatch(code -> code == EXIT_SIGTERM), "ended with " + codes);
            final PageShell.Result errors = shell.run("find data -name errors.log -size +0 | xargs -r cat; true");
            assertEquals("", errors.output());
        }
    }

    private static void delete(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void differencesAreFound() {
        final JsonNode shown = ShownJson.values("{\"a\": [1, {\"token\": \"x\"}], \"b\": null}").getFirst();
        assertNull(ShownJson.difference("", shown, ShownJson.values("{\"b\":null,\"a\":[1.0,{\"token\":\"other\"}]}").getFirst()));
        for (final String other : List.of("{\"b\":null,\"a\":[2,{\"token\":\"x\"}]}", "{\"b\":null,\"a\":[1,{\"token\":7}]}",
            "{\"b\":0,\"a\":[1,{\"token\":\"x\"}]}", "{\"a\":[1,{\"token\":\"x\"}]}", "{\"b\":null,\"a\":[1]}")) {
            assertTrue(ShownJson.difference("", shown, ShownJson.values(other).getFirst()) != null, other);
        }
    }
}
