package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.SegmentFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Reads files through and compares them with their checksums. One thread. */
public final class SegmentCheck {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final CRC32C checksum = new CRC32C();

    /** With a buffer of its own. */
    public SegmentCheck() {
    }

    /**
     * Reads the header.
     *
     * @throws DamagedSegmentException if it is not whole or does not fit the file.
     * @throws IOException             if the file cannot be read.
     */
    public SegmentHeader header(final SegmentFile file) throws IOException {
        final SegmentHeader header = SegmentHeader.decode(headerBytes(file), file.lengthBytes());
        header.requireSections();
        return header;
    }

    /**
     * The header of a file that is damaged elsewhere, or too short.
     *
     * @throws DamagedSegmentException if the header is not whole either.
     * @throws IOException             if the file cannot be read.
     */
    public SegmentHeader headerOfDamaged(final SegmentFile file) throws IOException {
        final ByteBuffer bytes = headerBytes(file);
        return SegmentHeader.decode(bytes, SegmentHeader.fileLengthBytes(bytes));
    }

    private ByteBuffer headerBytes(final SegmentFile file) throws IOException {
        buffer.clear().limit(SegmentHeader.PREFIX_BYTES);
        file.read(buffer, 0);
        final int headerBytes = SegmentHeader.lengthBytes(buffer.flip());
        final ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(headerBytes, file.lengthBytes()));
        file.read(bytes, 0);
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sections whose content is not what was written. */
    public List<Section> damaged(final SegmentFile file, final SegmentHeader header) throws IOException {
        final List<Section> damaged = new ArrayList<>();
        for (final Section section : header.sections()) {
            if (!isWhole(file, section)) {
                damaged.add(section);
            }
        }
        return damaged;
    }

    /**
     * Reads the header and all sections.
     *
     * @throws DamagedSegmentException if anything is not what was written.
     * @throws IOException             if the file cannot be read.
     */
    public SegmentHeader all(final SegmentFile file) throws IOException {
        final SegmentHeader header = header(file);
        for (final Section section : header.sections()) {
            if (!isWhole(file, section)) {
                throw new DamagedSegmentException(
                    "the checksum of section " + section.kind() + ' ' + section.ordinal() + " at byte " + section.offset() + " is wrong");
            }
        }
        return header;
    }

    private boolean isWhole(final SegmentFile file, final Section section) throws IOException {
        checksum.reset();
        long at = section.offset();
        while (at < section.end()) {
            buffer.clear().limit((int) Math.min(BUFFER_BYTES, section.end() - at));
            final int count = file.read(buffer, at);
            if (count <= 0) {
                return false;
            }
            checksum.update(buffer.flip());
            at += count;
        }
        return (int) checksum.getValue() == section.checksum();
    }
}
