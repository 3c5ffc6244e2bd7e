package io.truenow.engine.store.sealed;

import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The beginning of a segment file. Little-endian:
 *
 * <pre>
 *     0  int64 magic          8  int32 format version   12  int32 length of the header   16  int32 its CRC32C, taken with 0 here
 *    20  int32 sections      24  int64 length of the file
 *    32  int32 lane          36  int32 table            40  int32 shard                  44  int32 rows
 *    48  int64 span start, us since 1970                56  int64 uid
 *    64  int32 dimensions    68  int32 metrics          72  int32 least time offset, us  76  int32 greatest
 *    80  int32 uids replaced 84  int32 positions        88  int64, int64 catalog id
 *   104  uids replaced: int64 each
 *        positions: int32 gateway, int32 0, int64 incarnation, int64 sequence
 *        sections: int32 kind, int32 ordinal, int32 width, int32 CRC32C, int64 offset, int64 length; in order, without gaps
 *        zeros up to a multiple of 64
 * </pre>
 *
 * @param identity       what the file is.
 * @param rowCount       1 .. 2^24.
 * @param dimensionCount columns of dimensions.
 * @param metricCount    columns of metrics.
 * @param minOffsetUs    time of the first row since the span's start.
 * @param maxOffsetUs    time of the last row.
 * @param sections       all of them, in the file's order.
 */
public record SegmentHeader(
    SegmentIdentity identity, int rowCount, int dimensionCount, int metricCount, int minOffsetUs, int maxOffsetUs, List<Section> sections) {
    /** "TNSEALED" read as little-endian. */
    public static final long MAGIC = 0x4445_4C41_4553_4E54L;
    /** A reader knows exactly one; another version is told apart from damage. */
    public static final int FORMAT_VERSION = 1;
    /** Most rows of a segment. */
    public static final int MAX_ROWS = 1 << 24;
    /** Bytes from which a reader learns how long the header is. */
    public static final int PREFIX_BYTES = 104;

    private static final int ALIGNMENT = 64;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int POSITION_BYTES = 24;
    private static final int SECTION_BYTES = 32;
    private static final int MAX_HEADER_BYTES = 1 << 24;

    public SegmentHeader {
        sections = List.copyOf(sections);
    }

    /** Length of a header in bytes. */
    public static int lengthBytes(final SegmentIdentity identity, final int sectionCount) {
        return (int) padded(PREFIX_BYTES + (long) identity.replacedUids().size() * Long.BYTES
            + (long) identity.durableVector().size() * POSITION_BYTES + (long) sectionCount * SECTION_BYTES);
    }

    /** Up to the next multiple of 64. */
    public static long padded(final long lengthBytes) {
        return lengthBytes + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /** Length of the whole file in bytes. */
    public long fileLengthBytes() {
        return sections.getLast().end();
    }

    /** Blocks of 4 096 rows, the last may have fewer. */
    public int blockCount() {
        return SealedFormat.blockCount(rowCount);
    }

    /** The section of a kind, or null. */
    public Section section(final SectionKind kind, final int ordinal) {
        for (final Section section : sections) {
            if (section.kind() == kind && section.ordinal() == ordinal) {
                return section;
            }
        }
        return null;
    }

    /**
     * Checks that everything a reader looks for is there and long enough, which a writer of this version sees to.
     *
     * @throws DamagedSegmentException if not.
     */
    public void requireSections() throws DamagedSegmentException {
        require(SectionKind.TIMES, 0, (long) rowCount * Integer.BYTES);
        require(SectionKind.ZONES, 0, (long) blockCount() * SealedFormat.zoneBytes(dimensionCount, metricCount));
        require(SectionKind.SECONDS, 0, (long) SealedFormat.SECONDS_ENTRIES * Integer.BYTES);
        for (int i = 0; i < dimensionCount; i++) {
            require(SectionKind.DICTIONARY, i, Integer.BYTES);
            require(SectionKind.CODES, i, 0);
            require(SectionKind.CODES, i, (long) rowCount * section(SectionKind.CODES, i).width());
        }
        for (int i = 0; i < metricCount; i++) {
            require(SectionKind.METRIC, i, 0);
            require(SectionKind.NULLS, i, 0);
        }
        require(SectionKind.ID_INDEX, 0, Integer.BYTES);
        require(SectionKind.IDS, 0, (long) rowCount * SealedFormat.ID_BYTES);
    }

    /** The header's bytes, checksum set. */
    public ByteBuffer encode() {
        final int length = lengthBytes(identity, sections.size());
        final ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        final SegmentOwner owner = identity.owner();
        buffer.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(length).putInt(0).putInt(sections.size()).putLong(fileLengthBytes());
        buffer.putInt(owner.lane()).putInt(owner.tableId()).putInt(owner.shardId()).putInt(rowCount);
        buffer.putLong(identity.spanStartUs()).putLong(identity.uid());
        buffer.putInt(dimensionCount).putInt(metricCount).putInt(minOffsetUs).putInt(maxOffsetUs);
        buffer.putInt(identity.replacedUids().size()).putInt(identity.durableVector().size());
        buffer.putLong(owner.catalogIdHigh()).putLong(owner.catalogIdLow());
        identity.replacedUids().forEach(buffer::putLong);
        final ShardVector vector = identity.durableVector();
        for (int i = 0; i < vector.size(); i++) {
            buffer.putInt(vector.gatewayId(i)).putInt(0).putLong(vector.incarnation(i)).putLong(vector.sequence(i));
        }
        for (final Section section : sections) {
            buffer.putInt(section.kind().ordinal()).putInt(section.ordinal()).putInt(section.width()).putInt(section.checksum());
            buffer.putLong(section.offset()).putLong(section.lengthBytes());
        }
        buffer.position(0).limit(length);
        buffer.putInt(CHECKSUM_OFFSET, checksum(buffer));
        return buffer;
    }

    /**
     * How long the header is.
     *
     * @param prefix the first {@link #PREFIX_BYTES} of the file.
     * @throws DamagedSegmentException if this is no segment file, or one of another version.
     */
    public static int lengthBytes(final ByteBuffer prefix) throws DamagedSegmentException {
        prefix.order(ByteOrder.LITTLE_ENDIAN);
        require(prefix.remaining() >= PREFIX_BYTES, "it ends within the header");
        require(prefix.getLong(0) == MAGIC, "it does not begin like a segment file");
        require(prefix.getInt(8) == FORMAT_VERSION,
            "its format version is " + prefix.getInt(8) + ", this program reads version " + FORMAT_VERSION);
        final int length = prefix.getInt(12);
        require(length >= PREFIX_BYTES && length <= MAX_HEADER_BYTES && length % ALIGNMENT == 0, "the header's length is impossible");
        return length;
    }

    /**
     * How long the file was when it was written.
     *
     * @param bytes of the header, at least {@link #PREFIX_BYTES}, whose checksum is yet to be looked at.
     */
    static long fileLengthBytes(final ByteBuffer bytes) {
        return bytes.getLong(24);
    }

    /**
     * Reads a header and checks it against itself and the file's length; what a checksum cannot say is checked too, so that nothing that
     * it names lies outside the file.
     *
     * @param bytes      all of it.
     * @param fileLength as the file system says.
     */
    public static SegmentHeader decode(final ByteBuffer bytes, final long fileLength) throws DamagedSegmentException {
        final int length = lengthBytes(bytes);
        require(bytes.remaining() >= length, "it ends within the header");
        final ByteBuffer buffer = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        require(buffer.getInt(CHECKSUM_OFFSET) == checksum(buffer), "the header's checksum is wrong");
        require(buffer.getLong(24) == fileLength, "it should have " + buffer.getLong(24) + " bytes and has " + fileLength);
        final int sectionCount = buffer.getInt(20);
        final int replacedCount = buffer.getInt(80);
        final int positionCount = buffer.getInt(84);
        final long needed = PREFIX_BYTES + replacedCount * (long) Long.BYTES + positionCount * (long) POSITION_BYTES
            + sectionCount * (long) SECTION_BYTES;
        require(sectionCount > 0 && replacedCount >= 0 && positionCount >= 0 && padded(needed) == length, "the header's counts are wrong");
        final SegmentOwner owner = new SegmentOwner(
            buffer.getLong(88), buffer.getLong(96), buffer.getInt(32), buffer.getInt(36), buffer.getInt(40));
        final int rows = buffer.getInt(44);
        final int dimensions = buffer.getInt(64);
        final int metrics = buffer.getInt(68);
        final int minOffsetUs = buffer.getInt(72);
        final int maxOffsetUs = buffer.getInt(76);
        require(rows > 0 && rows <= MAX_ROWS, "the row count is impossible");
        require(dimensions >= 0 && metrics >= 0, "the column counts are impossible");
        require(minOffsetUs >= 0 && minOffsetUs <= maxOffsetUs && maxOffsetUs < Spans.SPAN_US, "the times are outside the span");
        final long spanStartUs = buffer.getLong(48);
        final long uid = buffer.getLong(56);
        buffer.position(PREFIX_BYTES);
        final List<Long> replaced = new ArrayList<>();
        for (int i = 0; i < replacedCount; i++) {
            replaced.add(buffer.getLong());
        }
        final ShardVector vector = vector(buffer, positionCount);
        final List<Section> sections = sections(buffer, sectionCount, length, fileLength);
        return new SegmentHeader(
            new SegmentIdentity(owner, spanStartUs, uid, replaced, vector), rows, dimensions, metrics, minOffsetUs, maxOffsetUs, sections);
    }

    private static ShardVector vector(final ByteBuffer buffer, final int count) {
        final int[] gatewayIds = new int[count];
        final long[] incarnations = new long[count];
        final long[] sequences = new long[count];
        for (int i = 0; i < count; i++) {
            gatewayIds[i] = buffer.getInt();
            buffer.getInt();
            incarnations[i] = buffer.getLong();
            sequences[i] = buffer.getLong();
        }
        return new ShardVector(gatewayIds, incarnations, sequences, count);
    }

    private static List<Section> sections(
        final ByteBuffer buffer, final int count, final long headerLength, final long fileLength) throws DamagedSegmentException {
        final List<Section> sections = new ArrayList<>();
        long end = headerLength;
        for (int i = 0; i < count; i++) {
            final SectionKind kind = SectionKind.of(buffer.getInt());
            require(kind != null, "it has a section of unknown kind");
            final Section section = new Section(
                kind, buffer.getInt(), buffer.getInt(), buffer.getInt(), buffer.getLong(), buffer.getLong());
            require(section.offset() == end && section.lengthBytes() >= 0 && section.lengthBytes() % ALIGNMENT == 0
                && section.lengthBytes() <= fileLength, "its sections do not follow each other");
            end = section.end();
            sections.add(section);
        }
        require(end == fileLength, "its sections do not fill it");
        return sections;
    }

    private static int checksum(final ByteBuffer header) {
        final CRC32C crc = new CRC32C();
        final ByteBuffer bytes = header.duplicate();
        bytes.limit(bytes.position() + CHECKSUM_OFFSET);
        crc.update(bytes);
        crc.update(new byte[Integer.BYTES]);
        bytes.limit(header.limit()).position(header.position() + CHECKSUM_OFFSET + Integer.BYTES);
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private void require(final SectionKind kind, final int ordinal, final long lengthBytes) throws DamagedSegmentException {
        final Section section = section(kind, ordinal);
        final boolean isThere = section != null && section.lengthBytes() >= lengthBytes;
        require(isThere, "its section " + kind + ' ' + ordinal + " is missing or too short");
    }

    private static void require(final boolean holds, final String wrong) throws DamagedSegmentException {
        if (!holds) {
            throw new DamagedSegmentException(wrong);
        }
    }
}
