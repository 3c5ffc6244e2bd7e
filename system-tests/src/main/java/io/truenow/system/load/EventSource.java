package io.truenow.system.load;

import io.truenow.system.model.Event;

import java.util.List;

/** Where a loader's events come from. For one thread. */
@FunctionalInterface
public interface EventSource {
    /** So many more, each with an id of its own. */
    List<Event> next(int count);
}
