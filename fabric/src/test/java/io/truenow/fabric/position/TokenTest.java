package io.truenow.fabric.position;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class TokenTest {
    @Test
    void aTokenIsWhatClientsHaveKept() {
        // tokens of a former version are still with clients
        final Token token = new Token(5, List.of(new Position(1, 2, 3, 4), new Position(6, 7, 8, 9)));
        assertEquals("AQAAAAAAAAAFAAAAAQAAAAIAAAAAAAAAAwAAAAAAAAAEAAAABgAAAAcAAAAAAAAACAAAAAAAAAAJ", token.encode());
        assertEquals(token, Token.decode(token.encode()));
        assertEquals(new Token(-1, List.of()), Token.decode(new Token(-1, List.of()).encode()));
    }

    @Test
    void whatIsNoTokenIsRefused() {
        final byte[] good = Base64.getUrlDecoder().decode(new Token(5, List.of(new Position(1, 2, 3, 4))).encode());
        for (int length = 0; length < good.length; length++) {
            final byte[] bytes = Arrays.copyOf(good, length);
            if (length != Token.HEADER_BYTES) {
                assertRefused(bytes);
            }
        }
        assertRefused(Arrays.copyOf(good, good.length + 1));
        final byte[] other = good.clone();
        other[0] = 2;
        assertRefused(other);
        assertThrows(IllegalArgumentException.class, () -> Token.decode("+/+/"));
        assertThrows(IllegalArgumentException.class, () -> Token.decode("a"));
    }

    @Test
    void soManyPositionsAndNoMore() {
        final List<Position> positions = new ArrayList<>();
        for (int i = 0; i < Token.MAX_POSITIONS; i++) {
            positions.add(new Position(i, 1, 1, 1));
        }
        final Token most = new Token(1, positions);
        assertEquals(most, Token.decode(most.encode()));
        positions.add(new Position(-1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> Token.decode(new Token(1, positions).encode()));
    }

    @Test
    void aTokenDoesNotChangeWithTheListItWasMadeOf() {
        final List<Position> positions = new ArrayList<>(List.of(new Position(1, 2, 3, 4)));
        final Token token = new Token(1, positions);
        positions.clear();
        assertEquals(1, token.positions().size());
    }

    @ParameterizedTest
    @CsvSource({
        // reached incarnation and sequence, wanted ones
        "5, 7, 5, 7, true",
        "5, 8, 5, 7, true",
        "5, 6, 5, 7, false",
        "6, 0, 5, 7, true",
        "4, 9, 5, 7, false"})
    void aPositionIsReachedByItselfALaterOneAndALaterIncarnation(
        final long incarnation, final long sequence, final long wantedIncarnation, final long wantedSequence, final boolean reached) {
        assertEquals(reached, Position.reached(incarnation, sequence, wantedIncarnation, wantedSequence));
    }

    private static void assertRefused(final byte[] bytes) {
        final String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        assertThrows(IllegalArgumentException.class, () -> Token.decode(text));
    }
}
