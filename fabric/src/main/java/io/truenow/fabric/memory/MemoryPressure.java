package io.truenow.fabric.memory;

import java.util.function.LongSupplier;

/**
 * How short memory is. One thread updates it from time to time, any reads the level, at the cost of a volatile read. A level is reached at
 * a share of the limit and left two hundredths below it, so that what a level asks for is not begun and ended by turns.
 */
public final class MemoryPressure {
    /** Shares of the limit, in hundredths, at which the levels after {@link PressureLevel#FREE} begin. */
    private static final int[] BEGIN = {70, 80, 90, 97};
    private static final int SLACK = 2;
    private static final PressureLevel[] LEVELS = PressureLevel.values();

    private final MemoryAccountant accountant;
    private final MemoryTag regions;
    private final LongSupplier regionLimitBytes;
    private final LongSupplier heldBytes;
    private volatile PressureLevel level = PressureLevel.FREE;
    private volatile int percent;

    /** A pressure of regions that may reach the limit of their tag. */
    public MemoryPressure(final MemoryAccountant accountant, final MemoryTag regions, final LongSupplier heldBytes) {
        this(accountant, regions, regions::limitBytes, heldBytes);
    }

    /**
     * A pressure that is FREE until the first update.
     *
     * @param accountant       of all memory.
     * @param regions          tag of the lanes' regions: of these only what blocks hold counts, since the rest can be had at once.
     * @param regionLimitBytes that regions may have now: less than the tag's limit where the machine has no more.
     * @param heldBytes        of the blocks in those regions.
     */
    public MemoryPressure(
        final MemoryAccountant accountant, final MemoryTag regions, final LongSupplier regionLimitBytes, final LongSupplier heldBytes) {
        this.accountant = accountant;
        this.regions = regions;
        this.regionLimitBytes = regionLimitBytes;
        this.heldBytes = heldBytes;
    }

    /** As of the last update. Any thread. */
    public PressureLevel level() {
        return level;
    }

    /** Whether, as of the last update, what that level asks for has to go. Any thread. */
    public boolean isAtLeast(final PressureLevel wanted) {
        return level.isAtLeast(wanted);
    }

    /** Share of the limit in use as of the last update, in hundredths, of all memory or of that for regions, whichever is more. */
    public int percent() {
        return percent;
    }

    /** Whether more than the limit of all memory is reserved now, regions with all that is free in them. Any thread. */
    public boolean isExceeded() {
        return accountant.usedBytes() > accountant.limitBytes();
    }

    /** Whether so much more may be reserved for regions now: who finds none ready has only to wait for it. Any thread. */
    public boolean canGrow(final long bytes) {
        return accountant.usedBytes() + bytes <= accountant.limitBytes() && regions.usedBytes() + bytes <= regionLimitBytes.getAsLong();
    }

    /** Looks again. Updating thread only. */
    public void update() {
        final long held = heldBytes.getAsLong();
        final long used = accountant.usedBytes() - regions.usedBytes() + held;
        final int now = (int) Math.max(share(used, accountant.limitBytes()), share(held, regionLimitBytes.getAsLong()));
        if (now == percent) {
            return;
        }
        percent = now;
        final PressureLevel former = level;
        final PressureLevel rising = at(now);
        final PressureLevel next = rising.compareTo(former) >= 0 ? rising : min(former, at(now + SLACK));
        if (next != former) {
            level = next;
        }
    }

    private static long share(final long bytes, final long limitBytes) {
        return Math.round(100.0 * bytes / Math.max(1, limitBytes));
    }

    private static PressureLevel at(final int percent) {
        int reached = 0;
        while (reached < BEGIN.length && percent >= BEGIN[reached]) {
            reached++;
        }
        return LEVELS[reached];
    }

    private static PressureLevel min(final PressureLevel one, final PressureLevel other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
