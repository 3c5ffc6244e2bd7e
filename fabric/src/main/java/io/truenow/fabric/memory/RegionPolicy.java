package io.truenow.fabric.memory;

/**
 * How files of regions are made.
 *
 * @param keepFreeBytes room that is left to others of the file system, such as a media driver, whose files would fail by a signal.
 */
public record RegionPolicy(long keepFreeBytes) {
    /** Takes all the room there is. */
    public static final RegionPolicy PLAIN = new RegionPolicy(0);
}
