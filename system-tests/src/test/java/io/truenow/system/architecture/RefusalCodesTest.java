package io.truenow.system.architecture;

import io.truenow.fabric.control.RefusalClass;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every code that the product can answer has a class: whose fault it is, and whether asking again can help. The table of
 * {@code refusal-codes.csv} is held against the sources: a code that it lacks, or that is answered otherwise than it says, fails here. So
 * a refusal that will not change is not told as one to repeat, unless somebody writes so down.
 */
class RefusalCodesTest {
    private static final Path ROOT = Path.of("..");
    /** By name of the constant, as sources name a status. */
    private static final Map<String, String> STATUSES = Map.of("BAD_REQUEST", "400", "FORBIDDEN", "403", "TOO_LARGE", "413",
        "UNSUPPORTED_MEDIA_TYPE", "415", "NOT_IMPLEMENTED", "501");
    /** What refuses without naming a code there: it passes on one that is told elsewhere. */
    private static final List<String> PASSED_ON = List.of(
        "RejectCode.", "statusOf(wrong), wrong.codeText()", "EdgeStatus.REJECTED, reply.code()", "refusal.status(), refusal.code()",
        "CONFLICTS.contains(reply.code())", "isAccepted, code", "true, \"\"", "\"\", \"\", resultId", "bindReply.code", "code, message, -1",
        "code, detail", "code, field, detail", "context.busyCode", "reply.code(), reply.message()");
    private static final String CODE = "\"([a-z][a-z0-9_]*)\"";
    private static final Pattern CALL = Pattern.compile("(?<![\\w.])(Problem\\.(?:of|ofField|retry)|new Problem|(?:RestReply\\.)?retry"
        + "|Refusal\\.(?:of|invalid|retry)|new Refusal|(?:QueryJsonParser\\.)?refused|reject|Verdict\\.reject|new Verdict|new CommandReply"
        + "|new TrueNowException)\\(\\s*(?!final |\\))");
    private static final Pattern ARGUMENTS = Pattern.compile("(?:([\\w.]+),\\s*)?" + CODE);

    /** One row of the table, or what a source says. */
    private record Told(String edge, String code, String answer, boolean repeat) {
    }

    private static final Map<Told, String> TABLE = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));

    @BeforeAll
    static void readTable() throws IOException {
        for (final String line : Files.readAllLines(Path.of("src/test/resources/refusal-codes.csv"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                final String[] cells = line.split(",");
                assertEquals(5, cells.length, line);
                final Told told = new Told(cells[0], cells[1], cells[3], "repeat".equals(cells[4]));
                assertEquals(null, TABLE.put(told, cells[2]), line);
            }
        }
    }

    @Test
    void everyCodeOfTheSourcesHasAClass() throws IOException {
        final Set<String> found = new TreeSet<>();
        for (final String[] place : new String[][]{
            {"http", "fabric/src/main/java/io/truenow/fabric/http"}, {"ingest", "gateway/src/main/java/io/truenow/gateway/edge/rest"},
            {"aeron", "gateway/src/main/java/io/truenow/gateway/edge/aeron"}, {"query", "query-node/src/main/java"},
            {"control", "control/src/main/java/io/truenow/control/rest"}, {"verdict", "control/src/main/java/io/truenow/control/state"},
            {"verdict", "fabric/src/main/java/io/truenow/fabric/control"}, {"client", "client/src/main/java"}}) {
            for (final Path file : sources(ROOT.resolve(place[1]))) {
                tellsOf(place[0], file).forEach(told -> found.add(told.toString()));
            }
        }
        for (final String name : constants("gateway/src/main/java/io/truenow/gateway/edge/rest/RejectCode.java")) {
            // stands for control's own
            if (!"refused_by_control".equals(name)) {
                found.add(new Told("event", name, "400", false).toString());
            }
        }
        final Set<String> known = new TreeSet<>();
        TABLE.keySet().forEach(told -> known.add(told.toString()));
        assertEquals(String.join("\n", known), String.join("\n", found), "refusal-codes.csv against the sources");
    }

    @Test
    void aClassSaysHowItIsAnswered() {
        TABLE.forEach((told, kind) -> {
            final boolean isClientError = told.answer.startsWith("4") && !"429".equals(told.answer);
            final boolean isRight = switch (kind) {
                case "user" -> !told.repeat && (isClientError || Set.of("501", "REJECTED", "-").contains(told.answer));
                case "resource" -> told.repeat ? Set.of("503", "429", "RETRY").contains(told.answer)
                    : isClientError || Set.of("REJECTED", "-").contains(told.answer);
                // 504: it may have been done, or the caller's own time is over; nothing says that it be sent again
                case "unavailable" -> told.repeat ? Set.of("503", "RETRY", "-").contains(told.answer)
                    : Set.of("504", "-").contains(told.answer);
                case "internal" -> !told.repeat && Set.of("500", "REJECTED", "-").contains(told.answer);
                default -> false;
            };
            assertTrue(isRight, () -> told + " cannot be of class " + kind);
        });
    }

    /** One code means one thing, whichever edge tells it. */
    @Test
    void aCodeHasOneClassOnAllEdges() {
        final Map<String, String> classes = new TreeMap<>();
        TABLE.forEach((told, kind) -> {
            final String other = classes.putIfAbsent(told.code, kind);
            assertTrue(other == null || other.equals(kind), () -> told + " is " + kind + " here and " + other + " elsewhere");
        });
    }

    @Test
    void edgesJudgeControlsVerdictsByTheTable() {
        TABLE.forEach((told, kind) -> {
            if ("verdict".equals(told.edge)) {
                assertEquals(kind, RefusalClass.of(told.code).name().toLowerCase(Locale.ROOT), told.code);
            }
        });
    }

    @Test
    void everyCodeStandsInTheDocuments() throws IOException {
        final String ingest = Files.readString(ROOT.resolve("docs/rest-ingest.md"));
        final Map<String, String> pages = Map.of("http", ingest, "ingest", ingest, "event", ingest,
            "aeron", Files.readString(ROOT.resolve("docs/protocol.md")),
            "query", Files.readString(ROOT.resolve("docs/rest-query.md")), "control", Files.readString(ROOT.resolve("docs/control.md")),
            "verdict", Files.readString(ROOT.resolve("docs/control.md")));
        final List<String> missing = new ArrayList<>();
        for (final Told told : TABLE.keySet()) {
            final String page = pages.get(told.edge);
            // abandoned: nobody is there to read it; invalid_<member> and missing_<member> stand there as such
            final boolean isExempt = "abandoned".equals(told.code) || told.code.endsWith("*")
                || "query".equals(told.edge) && told.code.startsWith("invalid_");
            if (page != null && !isExempt && !page.contains('`' + told.code + '`')) {
                missing.add(told.edge + ' ' + told.code);
            }
        }
        assertEquals(List.of(), missing);
    }

    private static List<Told> tellsOf(final String edge, final Path file) throws IOException {
        final String text = Files.readString(file);
        final List<Told> tells = new ArrayList<>();
        final Matcher call = CALL.matcher(text);
        while (call.find()) {
            final Matcher arguments = ARGUMENTS.matcher(text).region(call.end(), text.length());
            if (arguments.lookingAt() && !arguments.group(2).isEmpty()) {
                tells.add(told(edge, call.group(1), arguments.group(1), arguments.group(2)));
            } else {
                final String rest = text.substring(call.end(), Math.min(text.length(), call.end() + 80));
                assertTrue(PASSED_ON.stream().anyMatch(rest::contains) || edgeDefines(file),
                    () -> file + ": a refusal whose code this test cannot read: " + call.group() + rest);
            }
        }
        // written by hand, with the list of events
        final Matcher batch = Pattern.compile("\"(no_events|events_rejected)\"").matcher(text);
        while (batch.find()) {
            tells.add(new Told(edge, batch.group(1), "400", false));
        }
        for (final String prefix : new String[]{"invalid_", "missing_"}) {
            if (text.contains("refused(\"" + prefix + "\" +")) {
                tells.add(new Told(edge, prefix + '*', "400", false));
            }
        }
        return tells.stream().filter(told -> !told.code.endsWith("_")).toList();
    }

    private static boolean edgeDefines(final Path file) {
        return Set.of("Problem.java", "Refusal.java").contains(file.getFileName().toString());
    }

    private static Told told(final String edge, final String call, final String first, final String code) {
        final String name = call.substring(call.lastIndexOf('.') + 1);
        return switch (edge) {
            case "aeron" -> new Told(edge, code, "retry".equals(name) ? "RETRY" : "REJECTED", "retry".equals(name));
            // which edge asked decides how it is told
            case "verdict", "client" -> new Told(edge, code, "-", false);
            default -> switch (name) {
                case "retry" -> new Told(edge, code, "503", true);
                case "invalid", "refused" -> new Told(edge, code, "400", false);
                default -> new Told(edge, code, STATUSES.getOrDefault(first, String.valueOf(first)), false);
            };
        };
    }

    private static List<Path> sources(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static List<String> constants(final String enumFile) throws IOException {
        final String text = Files.readString(ROOT.resolve(enumFile)).replaceAll("(?s)/\\*.*?\\*/", "");
        final String body = text.substring(text.indexOf('{') + 1, text.indexOf(';', text.indexOf('{')));
        return Arrays.stream(body.split(",")).map(String::strip).filter(name -> !name.isEmpty())
            .map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }
}
