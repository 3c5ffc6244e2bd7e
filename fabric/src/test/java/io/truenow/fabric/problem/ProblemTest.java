package io.truenow.fabric.problem;

import io.truenow.fabric.http.route.HttpStatuses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProblemTest {
    @ParameterizedTest
    @EnumSource
    void aCodeIsFoundByItsText(final ProblemCode code) {
        assertSame(code, ProblemCode.ofText(code.text()));
        assertTrue(code.text().matches("[a-z]+(_[a-z]+)*"), code.text());
    }

    @Test
    void aCodeOfALaterVersionIsNotKnown() {
        assertNull(ProblemCode.ofText("a_code_of_a_later_version"));
        assertNull(ProblemCode.ofText(""));
        assertNull(ProblemCode.ofText("INTERNAL_ERROR"));
    }

    /** What will not change is never presented as something to repeat. */
    @ParameterizedTest
    @EnumSource
    void onlyWhatPassesIsToBeRepeated(final ProblemCode code) {
        final int status = HttpStatuses.of(code);
        assertEquals(code.isRepeatable(), status == 503, () -> code + " is answered " + status);
        assertEquals(code.isRepeatable(), code.retryAfterSeconds() > 0);
        final boolean isRight = switch (code.problemClass()) {
            case USER -> !code.isRepeatable() && (status < 500 || status == 501);
            case RESOURCE -> code.isRepeatable() || status < 500;
            // 504: it may have been done, or the caller's own time is over
            case UNAVAILABLE -> code.isRepeatable() || status == 504;
            case INTERNAL -> status == 500;
        };
        assertTrue(isRight, () -> code + " is answered " + status);
    }

    @Test
    void repeatsNotTooMuchOfARequest() {
        final Problem problem = Problem.ofField(ProblemCode.UNKNOWN_FIELD, "f".repeat(255) + "\uD83D\uDE00", "d".repeat(1_025));
        assertEquals("f".repeat(255) + "..", problem.field(), "no half of a surrogate pair");
        assertEquals("d".repeat(1_024) + "..", problem.detail());
        assertEquals("d".repeat(1_024), Problem.of(ProblemCode.NOT_FOUND, "d".repeat(1_024)).detail());
    }

    @Test
    void hasFurtherMembers() {
        final Problem problem = Problem.of(ProblemCode.MALFORMED_JSON, "no").with("position", 7).with("length", 9);
        assertEquals(Map.of("position", 7L, "length", 9L), problem.members());
    }
}
