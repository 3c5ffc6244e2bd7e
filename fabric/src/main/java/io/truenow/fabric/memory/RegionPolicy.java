package io.truenow.fabric.memory;

import io.truenow.fabric.memory.os.MemoryPlacement;

/**
 * How files of regions are made.
 *
 * @param keepFreeBytes room that is left to others of the file system, such as a media driver, whose files would fail by a signal.
 * @param placement     where the machine grants it.
 */
public record RegionPolicy(long keepFreeBytes, MemoryPlacement placement) {
    /** Takes all the room there is, as the machine gives it. */
    public static final RegionPolicy PLAIN = new RegionPolicy(0, MemoryPlacement.ANY);
}
