package io.truenow.system.load;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.model.Event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Random events of the recent past, ids in sequence. For one thread. */
public final class EventStream implements EventSource {
    private static final List<String> COUNTRIES = List.of("de", "fr", "us", "jp", "br");
    private static final List<String> DEVICES = List.of("phone", "desktop", "tablet");
    private static final int CUSTOMERS = 500;
    private static final int MAX_VALUE = 1_000;

    private final RandomGenerator random;
    private final String idPrefix;
    private final long spreadUs;
    private long next;

    /**
     * A stream.
     *
     * @param spreadUs how far back from now event times lie.
     */
    public EventStream(final RandomGenerator random, final String idPrefix, final long spreadUs) {
        this.random = random;
        this.idPrefix = idPrefix;
        this.spreadUs = spreadUs;
    }

    @Override
    public List<Event> next(final int count) {
        final long nowUs = WallClock.INSTANCE.microTime();
        return IntStream.range(0, count).mapToObj(i -> event(nowUs)).toList();
    }

    private Event event(final long nowUs) {
        final Map<String, String> dimensions = new LinkedHashMap<>();
        dimensions.put("country", COUNTRIES.get(random.nextInt(COUNTRIES.size())));
        dimensions.put("device", DEVICES.get(random.nextInt(DEVICES.size())));
        dimensions.put("customer", "c" + random.nextInt(CUSTOMERS));
        final Map<String, Long> metrics = new LinkedHashMap<>();
        metrics.put("amount", (long)random.nextInt(MAX_VALUE));
        metrics.put("items", (long)random.nextInt(1, 9));
        return new Event(idPrefix + '-' + next++, nowUs - random.nextLong(spreadUs), dimensions, metrics);
    }
}
