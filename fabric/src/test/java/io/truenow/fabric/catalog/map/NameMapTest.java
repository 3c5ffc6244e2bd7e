package io.truenow.fabric.catalog.map;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class NameMapTest {
    @RepeatedTest(5)
    void isAMapOfPairs() {
        final RandomGenerator random = Seeds.random("name-map");
        final Map<String, Integer> model = new HashMap<>();
        NameMap<Integer> map = NameMap.empty();
        for (int step = 0; step < 5_000; step++) {
            final String qualifier = "n" + random.nextInt(10);
            final String name = "t" + random.nextInt(200);
            if (random.nextInt(3) > 0) {
                model.put(qualifier + '/' + name, step);
                map = map.with(qualifier, name, step);
            } else {
                model.remove(qualifier + '/' + name);
                map = map.without(qualifier, name);
            }
        }
        for (int n = 0; n < 10; n++) {
            for (int t = 0; t < 200; t++) {
                assertEquals(model.get("n" + n + "/t" + t), map.get("n" + n, "t" + t));
            }
        }
    }

    /** "Aa" and "BB" have the same hash. */
    @Test
    void namesOfOneHashAreApart() {
        final NameMap<Integer> map = NameMap.<Integer>empty()
            .with("", "AaAa", 1).with("", "BBBB", 2).with("", "AaBB", 3).with("", "BBBB", 4);
        assertEquals(1, map.get("", "AaAa"));
        assertEquals(4, map.get("", "BBBB"));
        assertNull(map.get("", "BBAa"));
        final NameMap<Integer> less = map.without("", "AaAa").without("", "AaBB");
        assertNull(less.get("", "AaAa"));
        assertEquals(4, less.get("", "BBBB"));
        assertEquals(1, map.get("", "AaAa"), "the former is as it was");
        assertNull(less.without("", "BBBB").get("", "BBBB"));
    }
}
