package io.truenow.tools.process;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProgressTest {
    private static final Pattern STEP = Pattern.compile("  (\\S+) +(\\d+\\.\\d\\d) s  (.*)");

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    /** Shows only what was flushed, as a pipe does. */
    private final Progress progress = new Progress(new PrintStream(new BufferedOutputStream(printed), false, StandardCharsets.UTF_8));

    @AfterEach
    void speakNobodysLanguage() {
        Locale.setDefault(Locale.ROOT);
    }

    @Test
    void eachStepTakesWhatPassedSinceTheOneBefore() {
        final double waitedMs = ManagementFactory.getRuntimeMXBean().getUptime();
        // digits of its own, and a comma
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        progress.line("TrueNow");
        progress.done("driver", "embedded");
        progress.done("services", "ready");
        final List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(3, lines.size());
        assertEquals("TrueNow", lines.getFirst());
        final double first = step(lines.get(1), "driver", "embedded");
        // the person began to wait when the Java machine started; the second step took nothing, and two digits are printed
        assertTrue(first * 1_000 > waitedMs - 10, () -> waitedMs + " ms: " + lines);
        assertTrue(step(lines.get(2), "services", "ready") < first, lines::toString);
        assertTrue(progress.elapsed().matches("\\d+\\.\\d\\d s"), progress.elapsed());
        assertTrue(Double.parseDouble(progress.elapsed().replace(" s", "")) >= first, progress.elapsed());
    }

    private static double step(final String line, final String step, final String detail) {
        final Matcher matcher = STEP.matcher(line);
        assertTrue(matcher.matches(), line);
        assertEquals(step, matcher.group(1));
        assertEquals(detail, matcher.group(3));
        return Double.parseDouble(matcher.group(2));
    }
}
