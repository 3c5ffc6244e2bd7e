package io.truenow.fabric.position;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TokenWriterTest {
    private final TokenWriter writer = new TokenWriter();

    @Test
    void writesWhatTheTokenWrites() {
        final RandomGenerator random = Seeds.random("TokenWriterTest.text");
        for (int count = 0; count < 70; count++) {
            final List<Position> positions = new ArrayList<>();
            final long catalogVersion = random.nextLong();
            writer.start(catalogVersion);
            for (int i = 0; i < count; i++) {
                final Position position = new Position(i, random.nextInt(), random.nextLong(), random.nextLong());
                positions.add(position);
                writer.add(position.shardId(), position.gatewayId(), position.incarnation(), position.sequence());
            }
            assertEquals(new Token(catalogVersion, positions).encode(), text());
        }
    }

    @Test
    void keepsTheLastPositionOfAShard() {
        writer.start(3).add(1, 2, 4, 7).add(2, 2, 4, 1).add(1, 2, 4, 9).add(1, 2, 4, 8);
        assertEquals(new Token(3, List.of(new Position(1, 2, 4, 9), new Position(2, 2, 4, 1))), Token.decode(text()));
    }

    @Test
    void keepsOnePositionForEachGatewayAndIncarnationOfAShard() {
        // another gateway's sequence says nothing of this one's, and neither does a former incarnation's
        writer.start(3).add(1, 2, 4, 7).add(1, 3, 4, 5).add(1, 2, 5, 1).add(1, 3, 4, 6).add(1, 2, 4, 6).add(1, 2, 5, 2);
        assertEquals(new Token(3, List.of(new Position(1, 2, 4, 7), new Position(1, 3, 4, 6), new Position(1, 2, 5, 2))),
            Token.decode(text()));
    }

    /** The positions that a plain map of the last sequences would keep, in the order of their first mention. */
    @Test
    void keepsWhatAMapWouldKeep() {
        final RandomGenerator random = Seeds.random("TokenWriterTest");
        for (int run = 0; run < 200; run++) {
            final Map<List<Long>, Long> last = new LinkedHashMap<>();
            writer.start(run);
            final int adds = random.nextInt(60);
            for (int i = 0; i < adds; i++) {
                final int shard = random.nextInt(3);
                final int gateway = random.nextInt(3);
                final long incarnation = random.nextInt(2);
                final long sequence = random.nextInt(100);
                writer.add(shard, gateway, incarnation, sequence);
                last.merge(List.of((long) shard, (long) gateway, incarnation), sequence, Math::max);
            }
            final List<Position> expected = new ArrayList<>();
            last.forEach((key, sequence) ->
                expected.add(new Position(key.get(0).intValue(), key.get(1).intValue(), key.get(2), sequence)));
            assertEquals(new Token(run, expected), Token.decode(text()));
        }
    }

    private String text() {
        final int length = writer.finish();
        return new String(writer.text(), 0, length, StandardCharsets.US_ASCII);
    }
}
