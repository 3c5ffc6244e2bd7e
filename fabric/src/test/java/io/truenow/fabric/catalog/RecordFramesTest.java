package io.truenow.fabric.catalog;

import io.truenow.testing.Seeds;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class RecordFramesTest {
    @RepeatedTest(20)
    void whatIsAppendedIsReadInOrder() {
        final RandomGenerator random = Seeds.random("record-frames");
        final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
        final int start = random.nextInt(3) * 8;
        final List<String> written = new ArrayList<>();
        int at = start;
        for (int i = random.nextInt(6); i >= 0; i--) {
            final byte[] message = new byte[i == 0 ? 0 : random.nextInt(40)];
            random.nextBytes(message);
            target.setMemory(at, 64, (byte) 0x55);
            final int end = RecordFrames.append(target, at, new UnsafeBuffer(message), message.length);
            assertEquals(RecordFrames.framedLength(message.length), end - at);
            for (int pad = at + RecordFrames.HEADER_LENGTH + message.length; pad < end; pad++) {
                assertEquals(0, target.getByte(pad), "two members that log the same command log the same bytes");
            }
            written.add(hex(target, at + RecordFrames.HEADER_LENGTH, message.length));
            at = end;
        }
        final List<String> read = new ArrayList<>();
        RecordFrames.forEach(target, start, at - start, (offset, length) -> read.add(hex(target, offset, length)));
        assertEquals(written, read);
        RecordFrames.check(target, start, at - start);
    }

    @Test
    void whatIsCutOrLiesIsMalformed() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        final int second = RecordFrames.append(buffer, 0, new UnsafeBuffer(new byte[8]), 8);
        final int whole = RecordFrames.append(buffer, second, new UnsafeBuffer(new byte[13]), 13);
        assertDoesNotThrow(() -> RecordFrames.check(buffer, 0, 0));
        assertDoesNotThrow(() -> RecordFrames.check(buffer, 0, whole));
        for (int length = 1; length < whole; length++) {
            final int cut = length;
            if (cut != second) {
                assertThrows(IllegalArgumentException.class, () -> RecordFrames.check(buffer, 0, cut), () -> "cut at " + cut);
            }
        }
        buffer.putInt(0, -1);
        assertThrows(IllegalArgumentException.class, () -> RecordFrames.check(buffer, 0, whole));
        buffer.putInt(0, Integer.MAX_VALUE);
        assertThrows(IllegalArgumentException.class, () -> RecordFrames.check(buffer, 0, whole));
        assertThrows(IndexOutOfBoundsException.class, () -> RecordFrames.check(buffer, 0, 65), "beyond the message");
    }

    private static String hex(final DirectBuffer buffer, final int offset, final int length) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(Integer.toHexString(buffer.getByte(offset + i) & 0xFF)).append(' ');
        }
        return text.toString();
    }
}
