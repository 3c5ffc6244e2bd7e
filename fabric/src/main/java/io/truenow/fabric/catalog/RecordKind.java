package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * All that there is to know of one kind of catalog record: what state, snapshots, publication, views and REST do with it they do by this.
 * See {@link RecordKinds} for those that there are. Stateless.
 *
 * @param <V> its values, immutable.
 */
public abstract class RecordKind<V> {
    private static final int VERSION_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;

    private final int templateId;
    private final String plural;

    /**
     * A kind.
     *
     * @param templateId of its message, which begins with the record's version.
     * @param plural     as listings call it.
     */
    RecordKind(final int templateId, final String plural) {
        this.templateId = templateId;
        this.plural = plural;
    }

    /** Template id of its messages. */
    public final int templateId() {
        return templateId;
    }

    /** What several are called, in listings and messages. */
    public final String plural() {
        return plural;
    }

    /** What a value is called by the catalog: not negative, never given again. */
    public abstract int id(V value);

    /** What the value of a record is called; as {@link #id(Object)}, without reading the rest of it. */
    public abstract int id(DirectBuffer buffer, int offset);

    /** What a value is called by people, in {@link #qualifier}; null if by its id alone. */
    String name(final V value) {
        return null;
    }

    /** Where a value's name means something. */
    String qualifier(final V value) {
        return "";
    }

    /**
     * Writes a record with its SBE header.
     *
     * @param version of the catalog that last changed it.
     * @return bytes.
     */
    public abstract int encode(MutableDirectBuffer target, int offset, long version, V value);

    /**
     * Reads a record.
     *
     * @param offset         of its SBE header.
     * @param namespaceNames of the namespaces read before; null for an unknown one.
     * @throws IllegalArgumentException if it refers to what has not been read.
     */
    public abstract V decode(DirectBuffer buffer, int offset, IntFunction<String> namespaceNames);

    /** How a value reads in JSON, members in order. */
    public abstract Map<String, Object> json(V value, Catalog catalog);

    /** Version of the catalog that last changed a record: each kind's message begins with it. */
    public final long version(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String toString() {
        return plural;
    }

    static int withHeader(final int encodedLength) {
        return MessageHeaderEncoder.ENCODED_LENGTH + encodedLength;
    }

    static String lowerCase(final Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
