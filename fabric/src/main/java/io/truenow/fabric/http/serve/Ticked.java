package io.truenow.fabric.http.serve;

/** A connection that looks at its deadlines. */
public interface Ticked {
    /** A few times a second, on its event loop. */
    void onTick(long nowNs);
}
