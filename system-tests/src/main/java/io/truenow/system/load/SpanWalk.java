package io.truenow.system.load;

import io.truenow.system.model.Event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Events that go through past spans of ten minutes, one after the other, so that those behind are quiet and get sealed while the test runs.
 * A few come late, to every fourth span only. Some lack a dimension or a metric. For one thread.
 */
public final class SpanWalk implements EventSource {
    /** Length of a span. */
    public static final long SPAN_US = 600_000_000L;

    private static final List<String> COUNTRIES = List.of("de", "fr", "us", "jp", "br");
    private static final List<String> DEVICES = List.of("phone", "desktop", "tablet");
    private static final int CUSTOMERS = 300;
    private static final int PAGES = 60;
    private static final int MAX_VALUE = 1_000;
    private static final int LATE_STEP = 4;
    private static final int ONE_IN = 50;
    private static final int REPEATED_ONE_IN = 20;
    private static final long NEAR = 1_000;

    private final RandomGenerator random;
    private final String idPrefix;
    private final long firstSpanUs;
    private final int spans;
    private final int eventsPerSpan;
    private long next;
    private boolean repeats;

    /**
     * A walk, which stays in its last span when it has come there.
     *
     * @param firstSpanUs start of the first span; rounded down.
     * @param spans       how many it goes through.
     */
    public SpanWalk(
        final RandomGenerator random, final String idPrefix, final long firstSpanUs, final int spans, final int eventsPerSpan) {
        this.random = random;
        this.idPrefix = idPrefix;
        this.firstSpanUs = Math.floorDiv(firstSpanUs, SPAN_US) * SPAN_US;
        this.spans = spans;
        this.eventsPerSpan = eventsPerSpan;
    }

    /** Some events carry the id of one that came before, near or far, and another time. */
    public SpanWalk repeating() {
        repeats = true;
        return this;
    }

    /** Start of the range that it goes through. */
    public long startUs() {
        return firstSpanUs;
    }

    /** End of that range. */
    public long endUs() {
        return firstSpanUs + spans * SPAN_US;
    }

    @Override
    public List<Event> next(final int count) {
        return IntStream.range(0, count).mapToObj(i -> event()).toList();
    }

    private Event event() {
        final int current = (int)Math.min(next / eventsPerSpan, spans - 1);
        final int span = random.nextInt(ONE_IN) == 0 ? random.nextInt(current + 1) / LATE_STEP * LATE_STEP : current;
        final Map<String, String> dimensions = new LinkedHashMap<>();
        dimensions.put("country", COUNTRIES.get(random.nextInt(COUNTRIES.size())));
        if (random.nextInt(ONE_IN) != 0) {
            dimensions.put("device", DEVICES.get(random.nextInt(DEVICES.size())));
        }
        // few are frequent
        dimensions.put("page", "/straße/" + random.nextInt(1 + random.nextInt(PAGES)));
        if (random.nextInt(ONE_IN) != 0) {
            // values that come and go with the spans
            dimensions.put("customer", "c" + (span % 2 == 0 ? random.nextInt(CUSTOMERS) : span));
        }
        final Map<String, Long> metrics = new LinkedHashMap<>();
        if (random.nextInt(ONE_IN) != 0) {
            metrics.put("amount", (long)random.nextInt(-MAX_VALUE, MAX_VALUE));
        }
        metrics.put("items", (long)random.nextInt(1, 9));
        final boolean isRepeated = repeats && next > 0 && random.nextInt(REPEATED_ONE_IN) == 0;
        final long reach = random.nextBoolean() ? next : Math.min(next, NEAR);
        final long number = isRepeated ? next - 1 - random.nextLong(reach) : next++;
        return new Event(idPrefix + '-' + number, firstSpanUs + span * SPAN_US + random.nextLong(SPAN_US), dimensions, metrics);
    }
}
