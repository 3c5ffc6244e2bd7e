package io.truenow.engine.store.sealed;

/**
 * A part of a segment file, checked by itself.
 *
 * @param kind        what it holds.
 * @param ordinal     of the dimension or metric, else 0.
 * @param width       bytes of a code for {@link SectionKind#CODES}, entries for {@link SectionKind#DICTIONARY} and {@link
 *                    SectionKind#POSTINGS}, bits of the index for {@link SectionKind#ID_INDEX}, else 0.
 * @param checksum    CRC32C of all its bytes, padding too.
 * @param offset      in the file, a multiple of 64.
 * @param lengthBytes a multiple of 64.
 */
public record Section(SectionKind kind, int ordinal, int width, int checksum, long offset, long lengthBytes) {
    /** Where the next one begins. */
    public long end() {
        return offset + lengthBytes;
    }
}
