package io.truenow.fabric.control;

import io.truenow.fabric.problem.ProblemCode;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CommandReplyTest {
    @Test
    void tellsWhyACommandWasRefused() {
        final CommandReply reply = CommandReply.refused("table_limit", "too many", 5, -1);
        assertFalse(reply.isAccepted());
        assertEquals(ProblemCode.TABLE_LIMIT, reply.refusal().code());
        assertEquals("too many", reply.refusal().detail());
        assertTrue(CommandReply.accepted(5, 7).isAccepted());
    }

    /** Whoever asks shows it to people, and does not ask again. */
    @Test
    void aRefusalOfALaterVersionNamesItsCode() {
        final CommandReply reply = CommandReply.refused("a_later_code", "no", 5, -1);
        assertEquals(ProblemCode.REFUSED_BY_CONTROL, reply.refusal().code());
        assertEquals("a_later_code: no", reply.refusal().detail());
    }
}
