package io.truenow.fabric.service;

/** A service that runs. Closed by the launching thread. */
public interface LaunchedService extends AutoCloseable {
    /** The bound port of its HTTP edge. Any thread. */
    int httpPort();

    /** Ends it; whatever it has acquired is released in reverse. */
    @Override
    void close();
}
