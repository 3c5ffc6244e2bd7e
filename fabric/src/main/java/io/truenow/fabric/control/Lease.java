package io.truenow.fabric.control;

/** Whether control still takes a service for alive, as far as the service can know. Any thread. */
@FunctionalInterface
public interface Lease {
    /**
     * Whether it is held: control has renewed it, its time has not run out since the renewal was asked for, the process has not been
     * paused meanwhile, and what control may have decided before the service held it again is in the catalog that the caller goes by.
     *
     * @param nowNs          of the process' clock.
     * @param catalogVersion that the caller acts upon.
     */
    boolean isHeld(long nowNs, long catalogVersion);
}
