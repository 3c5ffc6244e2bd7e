package io.truenow.fabric.memory;

/** How short memory is, and so what has to go: each level asks for what the levels before it ask for, too. */
public enum PressureLevel {
    /** Nothing has to go. */
    FREE,
    /** Cubes go: they can be made again. */
    CUBES,
    /** Open spans are sealed early: their rows become smaller. */
    SEAL,
    /** The oldest spans are let go. */
    DROP,
    /** New events are pushed back. */
    REFUSE;

    /** Whether what that level asks for has to go. */
    public boolean isAtLeast(final PressureLevel level) {
        return compareTo(level) >= 0;
    }
}
