package io.truenow.system.architecture;

import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.problem.ProblemCode;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The page of problems says of each code what the product does, and nothing in the product tells a code that is not one of the list. */
class ProblemCodesTest {
    private static final Path ROOT = Path.of("..");
    private static final Set<ProblemCode> OF_THE_CLIENT = EnumSet.of(ProblemCode.BAD_BINDING, ProblemCode.DRIVER_LOST,
        ProblemCode.NOT_CONNECTED, ProblemCode.REPLY_ADDRESS, ProblemCode.TIMEOUT);
    private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)` \\| (\\w+) \\| ([0-9]+|–) \\| ([0-9]*) \\| (\\S.*) \\|");
    private static final Pattern CODE_IN_PAGE = Pattern.compile("`([a-z]+(?:_[a-z]+)+)`");
    private static final Pattern LITERAL = Pattern.compile("\"([a-z]+(?:_[a-z]+)+)\"");

    @Test
    void thePageTellsEveryCodeAsItIsAnswered() throws IOException {
        final Map<String, String> told = new TreeMap<>();
        for (final String line : Files.readAllLines(ROOT.resolve("docs/problems.md"))) {
            final Matcher row = ROW.matcher(line);
            if (row.matches()) {
                assertNull(told.put(row.group(1), row.group(2) + ' ' + row.group(3) + ' ' + row.group(4)), line);
            }
        }
        final Map<String, String> answered = new TreeMap<>();
        for (final ProblemCode code : ProblemCode.values()) {
            answered.put(code.text(), code.problemClass().name().toLowerCase(Locale.ROOT) + ' '
                + (OF_THE_CLIENT.contains(code) ? "–" : HttpStatuses.of(code)) + ' '
                + (code.isRepeatable() ? code.retryAfterSeconds() : ""));
        }
        assertEquals(lines(answered), lines(told));
    }

    /** A table of an edge's page that begins with statuses names codes that exist, with their status. */
    @Test
    void thePagesOfTheEdgesTellNoOtherStatus() throws IOException {
        final List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (final String page : List.of("rest-ingest.md", "rest-query.md", "control.md")) {
            for (final String line : Files.readAllLines(ROOT.resolve("docs").resolve(page))) {
                final String[] cells = line.split(" \\| ");
                if (cells.length >= 2 && cells[0].matches("\\| [1-5][0-9][0-9](, [1-5][0-9][0-9])*")) {
                    final Matcher code = CODE_IN_PAGE.matcher(cells[1]);
                    while (code.find()) {
                        rows++;
                        final ProblemCode known = ProblemCode.ofText(code.group(1));
                        if (known == null || !cells[0].contains(String.valueOf(HttpStatuses.of(known)))) {
                            wrong.add(page + ": " + cells[0] + ' ' + code.group(1));
                        }
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(rows > 80, rows + " codes found");
    }

    @Test
    void sourcesNameCodesByTheEnum() throws IOException {
        final List<String> literals = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (final Path file : (Iterable<Path>) files.filter(path -> path.toString().matches(".*/src/main/java/.*\\.java"))::iterator) {
                final Matcher literal = LITERAL.matcher(Files.readString(file));
                while (literal.find()) {
                    if (ProblemCode.ofText(literal.group(1)) != null) {
                        literals.add(file.getFileName() + ": " + literal.group());
                    }
                }
            }
        }
        assertEquals(List.of(), literals);
    }

    private static String lines(final Map<String, String> rows) {
        final StringBuilder text = new StringBuilder();
        rows.forEach((code, row) -> text.append(code).append(' ').append(row).append('\n'));
        return text.toString();
    }
}
