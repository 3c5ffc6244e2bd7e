package io.truenow.engine.store.sealed;

import java.nio.file.Path;
import java.util.Set;

/**
 * A segment file that was set aside because it is damaged, now or at an earlier start.
 *
 * @param file         where it lies now.
 * @param name         what it was called before.
 * @param replacedUids segments of which it was made, so far as that is known: its header says so if that is whole. Where these are still
 *                     there its rows are too.
 * @param isNew        whether that was found out just now.
 */
public record LostFile(Path file, SegmentNames.Parts name, Set<Long> replacedUids, boolean isNew) {
    public LostFile {
        replacedUids = Set.copyOf(replacedUids);
    }
}
