package io.truenow.fabric.agent;

/**
 * Tells agents of this process that there is something for them, so that they need not look for it at short intervals. A thread that is
 * about to rest looks once more, so nothing that was handed over before the ring is missed; ringing those that are awake is a few
 * nanoseconds. A ring is a hint: agents find what is there without it, only later. Any thread.
 */
@FunctionalInterface
public interface Doorbell {
    /** Nobody hears it: for agents that run elsewhere or are invoked by hand. */
    Doorbell NONE = () -> {
    };

    /** Call it after what was handed over can be seen, and without holding a lock. */
    void ring();
}
