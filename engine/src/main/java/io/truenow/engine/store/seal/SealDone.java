package io.truenow.engine.store.seal;

import io.truenow.engine.store.segment.FileSegment;

/**
 * The sealer agent's answer to a task. Every task is answered once.
 *
 * @param task    what was asked.
 * @param segment written and mapped, its values not retained yet; null for other tasks and after a failure.
 * @param failure one sentence why it was not done, null if it was. Nothing is left of a file that could not be written whole.
 */
public record SealDone(SealTask task, FileSegment segment, String failure) {
    /** Whether it was done. */
    public boolean isDone() {
        return failure == null;
    }
}
