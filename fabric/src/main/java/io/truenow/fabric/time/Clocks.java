package io.truenow.fabric.time;

import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.util.Objects;

/**
 * The times that a process' services go by: the machine's, or those that a test moves. Immutable.
 *
 * @param process the running time: what is due goes by it.
 * @param wall    what people mean by time.
 * @param machine the time between two moments, pauses of the process included: tells what the wall clock should say.
 */
public record Clocks(ProcessClock process, EpochMicroClock wall, NanoClock machine) {
    /** Those of this machine. */
    public static final Clocks SYSTEM = new Clocks(ProcessClock.INSTANCE, WallClock.INSTANCE, SystemNanoClock.INSTANCE);

    public Clocks {
        Objects.requireNonNull(process, "process");
        Objects.requireNonNull(wall, "wall");
        Objects.requireNonNull(machine, "machine");
    }
}
