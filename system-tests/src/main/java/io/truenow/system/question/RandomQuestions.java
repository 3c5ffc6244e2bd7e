package io.truenow.system.question;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Makes random queries over what {@link io.truenow.system.load.SpanWalk} sends. For one thread. */
public final class RandomQuestions {
    private static final List<String> DIMENSIONS = List.of("country", "device", "customer", "page");
    private static final List<String> METRICS = List.of("amount", "items");
    private static final List<String> COUNTRIES = List.of("de", "fr", "us", "jp", "br", "nowhere");
    private static final List<String> DEVICES = List.of("phone", "desktop", "tablet");
    private static final List<String> PIECES = List.of("ß", "/1", "e/2", "c1", "x", "phon", "r", "straße/0");
    private static final List<String> METRIC_KINDS = List.of("sum", "avg", "min", "max", "count", "stddev", "stddev_pop", "rate");
    private static final long[] INTERVALS_US = {0, 0, 0, 60_000_000L, 600_000_000L, 3_600_000_000L, 7_000_000L * 60};
    private static final int MAX_DEPTH = 3;

    private final RandomGenerator random;
    private final long startUs;
    private final long endUs;

    /** Questions about a range or parts of it. */
    public RandomQuestions(final RandomGenerator random, final long startUs, final long endUs) {
        this.random = random;
        this.startUs = startUs;
        this.endUs = endUs;
    }

    /** So many. */
    public List<Question> next(final int count) {
        return IntStream.range(0, count).mapToObj(i -> next()).toList();
    }

    /** One more. */
    public Question next() {
        final boolean isWhole = random.nextInt(3) == 0;
        final long fromUs = isWhole ? startUs : random.nextLong(startUs, endUs - 1);
        final long toUs = isWhole ? endUs : random.nextLong(fromUs + 1, endUs);
        final List<String> groupBy = new ArrayList<>(DIMENSIONS);
        Collections.shuffle(groupBy, Random.from(random));
        final List<Term> terms = IntStream.rangeClosed(0, random.nextInt(6)).mapToObj(i -> term()).toList();
        return new Question(fromUs, toUs, random.nextInt(3) == 0 ? null : condition(0), List.copyOf(groupBy.subList(0, random.nextInt(3))),
            INTERVALS_US[random.nextInt(INTERVALS_US.length)], terms);
    }

    private Term term() {
        return switch (random.nextInt(8)) {
            case 0 -> Term.of(random.nextBoolean() ? "count" : "rate", null);
            case 1 -> new Term("quantile", of(METRICS), random.nextInt(101) / 100.0, 0);
            case 2 -> Term.of("distinct", of(DIMENSIONS));
            case 3 -> new Term("top", of(DIMENSIONS), 0, random.nextInt(1, 8));
            default -> Term.of(of(METRIC_KINDS), of(METRICS));
        };
    }

    private Condition condition(final int depth) {
        if (depth < MAX_DEPTH && random.nextInt(2) == 0) {
            return switch (random.nextInt(3)) {
                case 0 -> new Condition.And(parts(depth));
                case 1 -> new Condition.Or(parts(depth));
                default -> new Condition.Not(condition(depth + 1));
            };
        }
        return switch (random.nextInt(7)) {
            case 0 -> values("country", COUNTRIES);
            case 1 -> values("device", DEVICES);
            case 2 -> values("customer", IntStream.range(0, 40).mapToObj(i -> "c" + random.nextInt(300)).toList());
            case 3 -> new Condition.Contains(of(DIMENSIONS), of(PIECES));
            case 4 -> new Condition.NoDimension(of(DIMENSIONS), random.nextBoolean());
            case 5 -> new Condition.NoMetric(of(METRICS), random.nextBoolean());
            default -> new Condition.Compared(of(METRICS), Comparison.values()[random.nextInt(Comparison.values().length)],
                random.nextInt(-20, 20) / 2.0 * (random.nextBoolean() ? 1 : 50));
        };
    }

    private List<Condition> parts(final int depth) {
        return IntStream.rangeClosed(0, random.nextInt(3)).mapToObj(i -> condition(depth + 1)).toList();
    }

    private Condition values(final String dimension, final List<String> known) {
        final List<String> some = new ArrayList<>(known.stream().distinct().toList());
        Collections.shuffle(some, Random.from(random));
        final boolean isOther = random.nextBoolean();
        return new Condition.Values(dimension, List.copyOf(some.subList(0, random.nextInt(1, some.size() + 1))),
            !isOther && random.nextInt(3) == 0, isOther);
    }

    private String of(final List<String> names) {
        return names.get(random.nextInt(names.size()));
    }
}
