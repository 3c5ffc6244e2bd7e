package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Appends sections to a file through one buffer and takes their checksums on the way. The file is written in pieces that begin and end at
 * multiples of the huge page: a file system with large folios (ext4 since Linux 6.16, xfs) keeps each in one page of its cache, which is
 * then mapped as one. One thread.
 */
final class SectionWriter {
    /** A write's length. */
    static final int PIECE_BYTES = 2 << 20;
    /** Bytes of the buffer: a piece, and room for what a caller puts at once across its end. */
    static final int BUFFER_BYTES = PIECE_BYTES + (1 << 16);
    private static final int ALIGNMENT = 64;

    private final SegmentFile file;
    private final MemorySegment memory = NativeMemory.ALL;
    private final long buffer;
    private final ByteBuffer bytes;
    private final CRC32C checksum = new CRC32C();
    private final List<Section> sections = new ArrayList<>();
    private long filePosition;
    private int used;
    /** From where on the buffer's content is not in the checksum yet. */
    private int unchecked;
    private long sectionOffset;

    /** Sections begin behind a header of so many bytes, zeros at first; the buffer is 64-byte aligned memory of {@link #BUFFER_BYTES}. */
    SectionWriter(final SegmentFile file, final long bufferAddress, final int headerBytes) {
        this.file = file;
        this.buffer = bufferAddress;
        this.bytes = memory.asSlice(bufferAddress, BUFFER_BYTES).asByteBuffer();
        memory.asSlice(bufferAddress, headerBytes).fill((byte) 0);
        this.used = headerBytes;
        this.unchecked = headerBytes;
        this.sectionOffset = headerBytes;
    }

    /** Sections ended so far. */
    List<Section> sections() {
        return sections;
    }

    /** Bytes since the section's beginning. */
    long sectionPosition() {
        return filePosition + used - sectionOffset;
    }

    /** Where up to so many bytes, 65 536 at most, can be put directly; {@link #advance} then tells how many were. */
    long room(final int lengthBytes) throws IOException {
        if (used + lengthBytes > BUFFER_BYTES) {
            writePiece();
        }
        return buffer + used;
    }

    /** So many bytes were put at {@link #room}. */
    void advance(final int lengthBytes) {
        used += lengthBytes;
    }

    /** Appends an int. */
    void putInt(final int value) throws IOException {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, room(Integer.BYTES), value);
        used += Integer.BYTES;
    }

    /** Appends bytes, however many. */
    void put(final byte[] source, final int length) throws IOException {
        int from = 0;
        while (from < length) {
            if (used == BUFFER_BYTES) {
                writePiece();
            }
            final int count = Math.min(length - from, BUFFER_BYTES - used);
            MemorySegment.copy(source, from, memory, ValueLayout.JAVA_BYTE, buffer + used, count);
            used += count;
            from += count;
        }
    }

    /** Appends memory, however much. */
    void put(final long address, final long lengthBytes) throws IOException {
        long from = 0;
        while (from < lengthBytes) {
            if (used == BUFFER_BYTES) {
                writePiece();
            }
            final int count = (int) Math.min(lengthBytes - from, BUFFER_BYTES - used);
            MemorySegment.copy(memory, address + from, memory, buffer + used, count);
            used += count;
            from += count;
        }
    }

    /** Zeros up to the next multiple of 64. */
    void pad() throws IOException {
        final int excess = (int) (sectionPosition() % ALIGNMENT);
        if (excess > 0) {
            final int count = ALIGNMENT - excess;
            memory.asSlice(room(count), count).fill((byte) 0);
            used += count;
        }
    }

    /** Ends the section, padded. */
    void end(final SectionKind kind, final int ordinal, final int width) throws IOException {
        pad();
        check();
        sections.add(new Section(kind, ordinal, width, (int) checksum.getValue(), sectionOffset, sectionPosition()));
        checksum.reset();
        sectionOffset = filePosition + used;
    }

    /** Reads bytes of an earlier section back, all of those wanted, to memory. */
    void read(final long fileOffset, final long address, final int lengthBytes) throws IOException {
        final int writtenBytes = Math.clamp(filePosition - fileOffset, 0, lengthBytes);
        if (writtenBytes > 0) {
            final ByteBuffer target = memory.asSlice(address, writtenBytes).asByteBuffer();
            if (file.read(target, fileOffset) != writtenBytes) {
                throw new IOException("a segment file is shorter than what was written to it");
            }
        }
        MemorySegment.copy(
            memory, buffer + fileOffset + writtenBytes - filePosition, memory, address + writtenBytes, lengthBytes - writtenBytes);
    }

    /** Writes the rest and puts the header in front. */
    void writeHeader(final SegmentHeader header) throws IOException {
        write(used);
        file.write(header.encode(), 0);
    }

    /** Writes what is buffered up to the end of the piece. */
    private void writePiece() throws IOException {
        write(PIECE_BYTES - (int) (filePosition % PIECE_BYTES));
    }

    private void write(final int lengthBytes) throws IOException {
        check();
        file.write(bytes.slice(0, lengthBytes), filePosition);
        filePosition += lengthBytes;
        used -= lengthBytes;
        unchecked = used;
        MemorySegment.copy(memory, buffer + lengthBytes, memory, buffer, used);
    }

    private void check() {
        if (used > unchecked) {
            checksum.update(bytes.slice(unchecked, used - unchecked));
            unchecked = used;
        }
    }
}
