package io.truenow.perf;

import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class BenchOptionsTest {
    private final Bench bench = Benches.named("together");

    @Test
    void givenValuesStandBeforeDefaults() {
        assertEquals(Map.of("rounds", 2, "milliseconds", 1_500), BenchOptions.of(bench, Map.of("rounds", "2")));
    }

    @Test
    void refusesWhatTheBenchDoesNotHave() {
        assertEquals("bench together has no option 'round'; did you mean rounds? It has milliseconds, rounds",
            assertThrows(IllegalArgumentException.class, () -> BenchOptions.of(bench, Map.of("round", "2"))).getMessage());
        assertThrows(IllegalArgumentException.class, () -> BenchOptions.of(bench, Map.of("rounds", "two")));
        assertThrows(IllegalArgumentException.class, () -> BenchOptions.of(bench, Map.of("rounds", "-2")));
    }

    @Test
    void aBenchCannotAskForWhatItHasNotDeclared() {
        final BenchEnvironment environment =
            new BenchEnvironment(null, null, null, null, 0, 0, BenchOptions.of(bench, Map.of()), System.out);
        assertEquals(5, environment.option("rounds"));
        assertThrows(IllegalStateException.class, () -> environment.option("rows"));
    }
}
