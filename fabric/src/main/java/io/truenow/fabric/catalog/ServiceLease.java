package io.truenow.fabric.catalog;

/**
 * What control knows of a service beside what others need.
 *
 * @param instanceKeyHigh random, from the service's data directory: the same key gets the same id.
 * @param instanceKeyLow  second half.
 * @param lengthUs        a renewal counts for so long.
 * @param deadlineUs      cluster time at which it lapses; only in the state machine and its snapshots: a renewal is not published.
 */
public record ServiceLease(long instanceKeyHigh, long instanceKeyLow, long lengthUs, long deadlineUs) {
    /** Of services that nobody has leased anything. */
    public static final ServiceLease NONE = new ServiceLease(0, 0, 0, 0);

    /** Whether it belongs to that instance. */
    public boolean isOf(final long keyHigh, final long keyLow) {
        return instanceKeyHigh == keyHigh && instanceKeyLow == keyLow;
    }

    /** The same, to end at another time. */
    public ServiceLease until(final long newDeadlineUs) {
        return new ServiceLease(instanceKeyHigh, instanceKeyLow, lengthUs, newDeadlineUs);
    }
}
