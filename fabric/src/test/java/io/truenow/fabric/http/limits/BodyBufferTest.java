package io.truenow.fabric.http.limits;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each part of a body is let go as soon as its bytes are elsewhere, and the whole when nobody wants it. */
class BodyBufferTest {
    private static final int ROOM_BYTES = 1 << 20;

    private final BodyBuffer body = new BodyBuffer();
    private final List<ByteBuf> parts = new ArrayList<>();

    @AfterEach
    void nothingIsLeft() {
        body.release();
        assertTrue(parts.stream().allMatch(part -> part.refCnt() == 0), () -> parts.stream().map(ByteBuf::refCnt).toList().toString());
    }

    @Test
    void whatCameInOneReadIsNotCopied() {
        add("whole");
        add("");
        final ByteBuf whole = body.take();
        assertSame(parts.getFirst(), whole);
        assertEquals(0, parts.getLast().refCnt());
        whole.release();
    }

    @Test
    void partsAreLetGoAsTheyAreGathered() {
        final StringBuilder expected = new StringBuilder();
        // through the first buffer's capacity and beyond, so that it grows
        for (int i = 0; i < 20; i++) {
            final String text = Integer.toString(i % 10).repeat(10_000);
            add(text);
            expected.append(text);
            assertEquals(expected.length(), body.length());
            final int held = i == 0 ? 1 : 0;
            assertEquals(held, parts.stream().filter(part -> part.refCnt() > 0).count(), "parts held after " + (i + 1));
        }
        final ByteBuf whole = body.take();
        assertEquals(expected.toString(), whole.toString(StandardCharsets.US_ASCII));
        whole.release();
        assertEquals(0, whole.refCnt());
        assertEquals(0, body.length());
    }

    @Test
    void aBodyThatNobodyWantsIsLetGo() {
        add("first");
        body.release();
        assertEquals(0, parts.getFirst().refCnt());
        add("another");
        add("more");
        body.release();
        body.release();
        assertEquals(0, body.length());
    }

    private void add(final String text) {
        final ByteBuf part = Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        parts.add(part);
        body.add(part, ROOM_BYTES, ByteBufAllocator.DEFAULT);
    }
}
