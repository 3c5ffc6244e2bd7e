package io.truenow.tools.demo;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DemoTableTest {
    @Test
    void everyEventIsOneThatTheGatewayTakes() {
        final RandomGenerator random = Seeds.random("DemoTableTest");
        final Set<String> tables = new HashSet<>();
        for (final DemoTable table : DemoTable.all()) {
            assertTrue(tables.add(table.namespace() + '.' + table.name()));
            assertTrue(table.weight() > 0);
            Set<String> columns = null;
            for (int i = 0; i < 200; i++) {
                final StringBuilder json = new StringBuilder();
                table.append(json, "id-" + i, 1_000 + i, random);
                final JsonNode event = new ObjectMapper().readTree(json.toString());
                assertEquals(List.of("event_id", "event_time", "dimensions", "metrics"), List.copyOf(event.propertyNames()));
                assertEquals("id-" + i, event.get("event_id").asString());
                assertEquals(1_000 + i, event.get("event_time").asLong());
                event.get("dimensions").forEach(value -> assertTrue(value.isString() && !value.asString().isEmpty()));
                event.get("metrics").forEach(value -> assertTrue(value.isNumber() && value.asDouble() >= 0
                    && Double.isFinite(value.asDouble())));
                final Set<String> names = new HashSet<>(event.get("dimensions").propertyNames());
                names.addAll(event.get("metrics").propertyNames());
                columns = columns == null ? names : columns;
                assertEquals(columns, names);
            }
        }
    }

    @Test
    void theSameSeedMakesTheSameEvents() {
        for (final DemoTable table : DemoTable.all()) {
            final StringBuilder first = new StringBuilder();
            final StringBuilder again = new StringBuilder();
            final StringBuilder other = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                table.append(first, "a", i, new SplittableRandom(i));
                table.append(again, "a", i, new SplittableRandom(i));
                table.append(other, "a", i, new SplittableRandom(i + 1_000));
            }
            assertEquals(first.toString(), again.toString());
            assertNotEquals(first.toString(), other.toString());
        }
    }

    @Test
    void ranksComeAsOftenAsTheirPowerSays() {
        final RandomGenerator random = Seeds.random("Zipf");
        final Zipf zipf = new Zipf(4, 1);
        final Map<Integer, Integer> counts = new HashMap<>();
        final int draws = 100_000;
        for (int i = 0; i < draws; i++) {
            counts.merge(zipf.next(random), 1, Integer::sum);
        }
        // 1, 1/2, 1/3, 1/4 of their sum
        final double sum = 25.0 / 12;
        for (int rank = 0; rank < 4; rank++) {
            assertEquals(1 / sum / (rank + 1), counts.get(rank) / (double) draws, 0.01);
        }
        assertEquals(Set.of(0, 1, 2, 3), counts.keySet());
        assertEquals(0, new Zipf(1, 2).next(random));
    }
}
