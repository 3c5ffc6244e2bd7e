package io.truenow.engine.store.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets one thread publish several plain fields at once, and any other read them without making it wait. The version is odd while a
 * publication is under way.
 *
 * <p>Why this is right under the Java memory model:
 * <ul>
 *   <li>writer: it stores the odd version before the release fence, so no store of the publication can be seen without it. It stores the
 *       even version with release semantics, so whoever reads that sees the whole publication and everything written before it;</li>
 *   <li>reader: it loads the version with acquire semantics, then the fields, then, behind an acquire fence, the version again. Equal and
 *       even versions mean that no store of a later publication was among what it loaded: had one been, the odd version before it would
 *       be visible too;</li>
 *   <li>the fields that it loads meanwhile may be of different publications: it copies them, bounds every access by what it copied, and
 *       uses nothing before the check.</li>
 * </ul>
 * {@code SequenceLockStress} and {@code ShardCutStress} in the module {@code stress} try it.
 */
final class SequenceLock {
    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(SequenceLock.class, "version", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by the handle
    private long version;

    /** Writer: the fields change from now on. */
    void beginWrite() {
        VERSION.setOpaque(this, (long) VERSION.get(this) + 1);
        VarHandle.releaseFence();
    }

    /** Writer: the fields are what readers may see. */
    void endWrite() {
        VERSION.setRelease(this, (long) VERSION.get(this) + 1);
    }

    /** Any thread: the version to begin reading at, another one after each publication; -1 while one is under way. */
    long beginRead() {
        final long now = (long) VERSION.getAcquire(this);
        return (now & 1) == 0 ? now : -1;
    }

    /** Any thread: whether all that was read since {@link #beginRead} is of one publication. */
    boolean endRead(final long begun) {
        VarHandle.acquireFence();
        return (long) VERSION.getOpaque(this) == begun;
    }
}
