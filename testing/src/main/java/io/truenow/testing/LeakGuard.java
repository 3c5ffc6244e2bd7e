package io.truenow.testing;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Compares named byte counts, such as off-heap bytes by tag, before and after: open it first, close it last, best by
 * {@code try (LeakGuard _ = LeakGuard.open(..))}.
 */
public final class LeakGuard implements AutoCloseable {
    private final Supplier<Map<String, Long>> bytesByName;
    private final Map<String, Long> before;

    private LeakGuard(final Supplier<Map<String, Long>> bytesByName) {
        this.bytesByName = bytesByName;
        this.before = Map.copyOf(bytesByName.get());
    }

    /** Remembers the counts. */
    public static LeakGuard open(final Supplier<Map<String, Long>> bytesByName) {
        return new LeakGuard(bytesByName);
    }

    /**
     * Compares; a name that is absent counts as 0.
     *
     * @throws AssertionError naming what differs.
     */
    @Override
    public void close() {
        final Map<String, Long> leaked = new TreeMap<>(bytesByName.get());
        before.forEach((name, bytes) -> leaked.merge(name, -bytes, Long::sum));
        leaked.values().removeIf(bytes -> bytes == 0);
        if (!leaked.isEmpty()) {
            throw new AssertionError("bytes after less bytes before: " + leaked);
        }
    }
}
