package io.truenow.fabric.catalog.map;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Against a sorted map that is copied for each version. */
class IdMapTest {
    private static final int[] WIDTHS = {3, 31, 32, 33, 1_024, 1_025, 40_000, Integer.MAX_VALUE};

    @RepeatedTest(10)
    void versionsAreAsTheyWereAndTellTheirDifferences() {
        final RandomGenerator random = Seeds.random("id-map");
        final List<TreeMap<Integer, String>> models = new ArrayList<>(List.of(new TreeMap<>()));
        final List<IdMap<String>> maps = new ArrayList<>(List.of(IdMap.empty()));
        for (int step = 0; step < 200; step++) {
            final TreeMap<Integer, String> model = new TreeMap<>(models.getLast());
            IdMap<String> map = maps.getLast();
            for (int i = random.nextInt(4); i >= 0; i--) {
                final int id = random.nextInt(WIDTHS[random.nextInt(WIDTHS.length)]);
                // what is there goes as often as something comes
                if (random.nextBoolean()) {
                    model.put(id, "v" + random.nextInt(3));
                    map = map.with(id, model.get(id));
                } else if (!model.isEmpty()) {
                    final Integer gone = model.ceilingKey(id) == null ? model.firstKey() : model.ceilingKey(id);
                    model.remove(gone);
                    map = map.without(gone);
                }
            }
            models.add(model);
            maps.add(map);
        }
        for (int i = 0; i < maps.size(); i++) {
            assertIs(models.get(i), maps.get(i), random);
            final int other = random.nextInt(maps.size());
            assertEquals(differences(models.get(i), models.get(other)), differences(maps.get(i), maps.get(other)));
        }
    }

    @Test
    void ofWhatIsSharedNothingIsLookedAt() {
        final int[] comparisons = {0};
        final class Counted {
            @Override
            public boolean equals(final Object other) {
                comparisons[0]++;
                return other == this;
            }

            @Override
            public int hashCode() {
                return 1;
            }
        }

        IdMap<Counted> map = IdMap.empty();
        for (int id = 0; id < 10_000; id++) {
            map = map.with(id, new Counted());
        }
        final List<Counted> changed = new ArrayList<>();
        final IdMap<Counted> next = map.with(5_000, new Counted());
        map.differences(next, (before, after) -> changed.add(after));
        assertEquals(List.of(next.get(5_000)), changed);
        assertTrue(comparisons[0] <= 32, comparisons[0] + " values were compared");
    }

    @Test
    void whatIsNotAnIdIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> IdMap.empty().with(-1, "a"));
        assertThrows(NullPointerException.class, () -> IdMap.empty().with(1, null));
        assertNull(IdMap.empty().get(-1));
        assertNull(IdMap.<String>empty().with(Integer.MAX_VALUE, "a").get(-1));
        final IdMap<String> map = IdMap.<String>empty().with(1, "a");
        assertSame(map, map.without(2));
        assertNotEquals(map, map.with(1, "b"));
    }

    private static void assertIs(final TreeMap<Integer, String> model, final IdMap<String> map, final RandomGenerator random) {
        assertEquals(model.size(), map.size());
        assertEquals(model.isEmpty(), map.isEmpty());
        assertEquals(model.isEmpty() ? -1 : model.lastKey(), map.lastId());
        model.forEach((id, value) -> assertEquals(value, map.get(id)));
        for (int i = 0; i < 20; i++) {
            final int id = random.nextInt();
            assertEquals(model.get(id), map.get(id));
        }
        if (model.isEmpty() || model.lastKey() < 100_000) {
            assertEquals(List.copyOf(model.values()), List.copyOf(map.values()));
        }
    }

    private static List<String> differences(final Map<Integer, String> before, final Map<Integer, String> after) {
        final TreeMap<Integer, String> all = new TreeMap<>(before);
        all.putAll(after);
        final List<String> differences = new ArrayList<>();
        for (final int id : all.keySet()) {
            if (before.get(id) == null || !before.get(id).equals(after.get(id))) {
                differences.add(before.get(id) + ">" + after.get(id));
            }
        }
        return differences;
    }

    private static List<String> differences(final IdMap<String> before, final IdMap<String> after) {
        final List<String> differences = new ArrayList<>();
        before.differences(after, (former, latter) -> differences.add(former + ">" + latter));
        return differences;
    }
}
