package io.truenow.testing;

import org.slf4j.LoggerFactory;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Seeded randomness: the seed is printed, so a failure can be repeated with {@code -Dtest.seed=<seed>}. */
public final class Seeds {
    private static final String PROPERTY = "test.seed";

    private Seeds() {
    }

    /** A seed: the one asked for by the system property, else a new one. Printed with the name of what uses it. */
    public static long seed(final String user) {
        final Long wanted = Long.getLong(PROPERTY);
        final long seed = wanted != null ? wanted : System.nanoTime();
        LoggerFactory.getLogger(Seeds.class).info("{}: -D{}={}", user, PROPERTY, seed);
        return seed;
    }

    /** A generator with a new or asked for seed. */
    public static RandomGenerator random(final String user) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed(user));
    }
}
