package io.truenow.fabric.service;

import org.agrona.ErrorHandler;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a launch has acquired, closed in reverse and once, also when the launch fails half way. What fails to close is reported and keeps
 * nothing else open. Used by the launching thread.
 */
public final class Resources implements AutoCloseable {
    /** Last acquired first. */
    private final Deque<AutoCloseable> acquired = new ArrayDeque<>();
    private final ErrorHandler errors;

    /** None yet. */
    public Resources(final ErrorHandler errors) {
        this.errors = errors;
    }

    /** Closes it before everything that was added earlier. */
    public <T extends AutoCloseable> T add(final T resource) {
        acquired.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!acquired.isEmpty()) {
            try {
                acquired.pop().close();
            } catch (final Throwable e) {
                // whatever it is, the rest is closed
                errors.onError(e);
            }
        }
    }
}
