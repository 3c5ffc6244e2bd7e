package io.truenow.hottier.lane;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class MemoryReliefTest {
    @ParameterizedTest
    @CsvSource(textBlock = """
        # may drop, exceeded, sealing helps, idle, holds back, can seal
        false, false, true,  true,  false, false, NOTHING
        # sealing frees much: rows stay
        true,  false, true,  true,  false, true,  SEAL
        false, false, true,  true,  false, true,  SEAL
        true,  false, true,  true,  true,  true,  SEAL
        # a file is being written: wait for what it frees
        true,  false, true,  false, false, true,  NOTHING
        true,  false, true,  false, true,  true,  NOTHING
        # nothing is worth a file of its own
        true,  false, true,  true,  false, false, DROP
        # above the limit a file needs memory before it frees any
        true,  true,  true,  true,  false, true,  DROP
        true,  true,  true,  false, false, true,  DROP
        false, true,  true,  true,  false, true,  SEAL
        # files cannot be written, or would free little
        true,  false, false, true,  false, true,  DROP
        true,  false, false, false, true,  true,  DROP
        true,  false, false, false, false, true,  NOTHING
        false, false, false, true,  true,  true,  NOTHING
        """)
    void whatIsDone(
        final boolean mayDrop, final boolean isExceeded, final boolean sealingHelps, final boolean isIdle, final boolean holdsBack,
        final boolean canSeal, final MemoryRelief relief) {
        assertEquals(relief, MemoryRelief.decide(mayDrop, isExceeded, sealingHelps, isIdle, holdsBack, canSeal));
    }
}
