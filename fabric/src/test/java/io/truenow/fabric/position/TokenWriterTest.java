package io.truenow.fabric.position;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TokenWriterTest {
    private final TokenWriter writer = new TokenWriter();

    @Test
    void writesWhatTheTokenWrites() {
        final SplittableRandom random = new SplittableRandom(7);
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

    private String text() {
        final int length = writer.finish();
        return new String(writer.text(), 0, length, StandardCharsets.US_ASCII);
    }
}
