package io.truenow.perf;

import io.truenow.fabric.config.Nearest;

import java.util.Map;
import java.util.TreeMap;

/** What a person wants of a bench's options, beside their defaults. Stateless. */
public final class BenchOptions {
    private BenchOptions() {
    }

    /**
     * All options of the bench with their values.
     *
     * @param given by name; whole numbers that are not negative.
     * @throws IllegalArgumentException if the bench has no such option, or the value is none.
     */
    public static Map<String, Integer> of(final Bench bench, final Map<String, String> given) {
        final Map<String, Integer> options = new TreeMap<>(bench.options());
        given.forEach((name, text) -> {
            if (!options.containsKey(name)) {
                throw new IllegalArgumentException("bench " + bench.name() + " has no option '" + name + '\''
                    + (options.isEmpty() ? "" : "; did you mean " + Nearest.of(name, options.keySet())
                        + "? It has " + String.join(", ", options.keySet())));
            }
            options.put(name, parse(name, text));
        });
        return options;
    }

    private static int parse(final String name, final String text) {
        try {
            final int value = Integer.parseInt(text);
            if (value >= 0) {
                return value;
            }
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(
            "option " + name + " must be a whole number from 0 to " + Integer.MAX_VALUE + ", not '" + text + '\'');
    }
}
