package io.truenow.fabric.position;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What an acknowledgement gives and a query may carry: the query is then answered only from data that includes these positions.
 * The text form is base64url of a version byte, the catalog version (int64) and 24 bytes a position, big-endian; clients treat it as
 * opaque.
 *
 * @param catalogVersion the catalog that knows the tables and columns of the positions.
 * @param positions      one per gateway and shard.
 */
public record Token(long catalogVersion, List<Position> positions) {
    /** More positions than this are refused. */
    public static final int MAX_POSITIONS = 4_096;

    static final byte FORMAT = 1;
    static final int HEADER_BYTES = 1 + Long.BYTES;
    static final int POSITION_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

    public Token {
        positions = List.copyOf(positions);
    }

    /** The text form. */
    public String encode() {
        final ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + positions.size() * POSITION_BYTES);
        bytes.put(FORMAT).putLong(catalogVersion);
        for (final Position position : positions) {
            bytes.putInt(position.shardId()).putInt(position.gatewayId());
            bytes.putLong(position.incarnation()).putLong(position.sequence());
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if it is not a token.
     */
    public static Token decode(final String text) {
        final ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("not a token: not base64url", e);
        }
        final int count = (bytes.remaining() - HEADER_BYTES) / POSITION_BYTES;
        if (bytes.remaining() < HEADER_BYTES || bytes.remaining() != HEADER_BYTES + count * POSITION_BYTES
            || count > MAX_POSITIONS || bytes.get() != FORMAT) {
            throw new IllegalArgumentException("not a token: wrong length or format");
        }
        final long catalogVersion = bytes.getLong();
        final List<Position> positions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            positions.add(new Position(bytes.getInt(), bytes.getInt(), bytes.getLong(), bytes.getLong()));
        }
        return new Token(catalogVersion, positions);
    }
}
