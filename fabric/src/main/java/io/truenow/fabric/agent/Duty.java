package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * What kind of work an agent does, as the service that has it declares it: the process derives from it the agent's thread, how that thread
 * rests, and who rings it. Two are the same if all of it is. Immutable.
 *
 * @param name     in words joined by hyphens, such as {@code lane}.
 * @param thread   which its agents share, with those of other duties that name it too, in a process of few threads; null if each always has
 *                 a thread of its own.
 * @param isUrgent whether an event or a query waits while such an agent pauses.
 * @param hears    streams that its agents poll: who publishes to them in the same process rings.
 */
public record Duty(String name, String thread, boolean isUrgent, Set<StreamKind> hears) {
    /** Catalog view, control client, leases, troubles: rare and small. The only duty that every service has. */
    public static final Duty COORDINATION = unhurried("coordination");

    public Duty {
        Objects.requireNonNull(name, "name");
        hears = Collections.unmodifiableSet(hears.isEmpty() ? EnumSet.noneOf(StreamKind.class) : EnumSet.copyOf(hears));
    }

    /** Work that events or queries wait for. Agents of the duty share a thread of its name, in a process of few threads. */
    public static Duty urgent(final String name) {
        return new Duty(name, name, true, Set.of());
    }

    /** Work that neither waits for. */
    public static Duty unhurried(final String name) {
        return new Duty(name, name, false, Set.of());
    }

    /** The same on a thread of that name, which duties that are as urgent may share. */
    public Duty sharing(final String threadName) {
        return new Duty(name, threadName, isUrgent, hears);
    }

    /** The same with a thread for each agent, also in a process of few threads: for work that takes long at a stretch. */
    public Duty alone() {
        return new Duty(name, null, isUrgent, hears);
    }

    /** The same, rung by whoever publishes to streams of that kind. */
    public Duty hearing(final StreamKind kind) {
        final Set<StreamKind> more = EnumSet.of(kind);
        more.addAll(hears);
        return new Duty(name, thread, isUrgent, more);
    }
}
