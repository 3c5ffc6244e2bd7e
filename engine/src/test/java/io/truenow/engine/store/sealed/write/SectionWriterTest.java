package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Every piece of a file is one write, so that it can be one huge page; what was put is read back from wherever it is by then. */
final class SectionWriterTest {
    private static final int HEADER_BYTES = 192;
    private static final int CONTENT_BYTES = 7 << 20;

    private final byte[] content = new byte[CONTENT_BYTES];
    private final Written written = new Written();

    @Test
    void everyWriteEndsWithItsPiece() throws IOException {
        final RandomGenerator random = Seeds.random("SectionWriterTest");
        random.nextBytes(content);
        try (Arena arena = Arena.ofConfined()) {
            final SectionWriter writer =
                new SectionWriter(written, arena.allocate(SectionWriter.BUFFER_BYTES, 64).address(), HEADER_BYTES);
            final MemorySegment source = arena.allocate(CONTENT_BYTES);
            MemorySegment.copy(content, 0, source, ValueLayout.JAVA_BYTE, 0, CONTENT_BYTES);
            final MemorySegment target = arena.allocate(1 << 16);
            int position = 0;
            while (position < CONTENT_BYTES) {
                final int count = Math.min(random.nextInt(1, 1 << 16), CONTENT_BYTES - position);
                if (random.nextBoolean()) {
                    MemorySegment.copy(source, position, NativeMemory.ALL, writer.room(count), count);
                    writer.advance(count);
                } else {
                    writer.put(source.address() + position, count);
                }
                position += count;
                final int from = Math.max(0, position - random.nextInt(1, 1 << 16));
                writer.read(HEADER_BYTES + from, target.address(), position - from);
                assertEquals(-1, target.asSlice(0, position - from).mismatch(source.asSlice(from, position - from)));
            }
            assertEquals(CONTENT_BYTES + HEADER_BYTES >> 21, written.writes, "writes before the last");
            writer.end(SectionKind.IDS, 0, 0);
            final CRC32C checksum = new CRC32C();
            checksum.update(content);
            assertEquals(new Section(SectionKind.IDS, 0, 0, (int) checksum.getValue(), HEADER_BYTES, CONTENT_BYTES),
                writer.sections().getFirst());
            assertArrayEquals(new byte[HEADER_BYTES], Arrays.copyOf(written.bytes, HEADER_BYTES), "a header before its time");
        }
    }

    /** A file in memory of which each write must begin with a piece and end with it. */
    private static final class Written implements SegmentFile {
        private final byte[] bytes = new byte[CONTENT_BYTES + HEADER_BYTES];
        private int writes;

        @Override
        public void write(final ByteBuffer source, final long position) {
            assertEquals(writes * (long) SectionWriter.PIECE_BYTES, position);
            assertEquals(SectionWriter.PIECE_BYTES, source.remaining());
            writes++;
            source.get(bytes, (int) position, source.remaining());
        }

        @Override
        public int read(final ByteBuffer target, final long position) {
            final int count = target.remaining();
            assertTrue(position + count <= writes * (long) SectionWriter.PIECE_BYTES, "what is not written yet");
            target.put(bytes, (int) position, count);
            return count;
        }

        @Override
        public long lengthBytes() {
            return bytes.length;
        }

        @Override
        public void sync() {
            // memory
        }

        @Override
        public MemorySegment map(final Arena arena) {
            return MemorySegment.ofArray(bytes);
        }

        @Override
        public void close() {
            // memory
        }
    }
}
