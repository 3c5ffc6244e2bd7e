package io.truenow.hottier.lane;

/** What a lane does about memory that is short. */
enum MemoryRelief {
    NOTHING,
    /** Write the largest open segment to a file, though its span is not over. */
    SEAL,
    /** Evict the oldest span. */
    DROP;

    /**
     * Decides. Seal first while that frees enough. If ingest is blocked, also drop the oldest span; above the limit drop before sealing,
     * because writing a file needs memory before it frees any.
     *
     * @param mayDrop      whether memory is so short that rows may go, or nothing can be written, and there is a span that can go now.
     * @param isExceeded   whether more is reserved than there may be.
     * @param sealingHelps whether files can be written, and would free much.
     * @param isIdle       whether no file is being written, or none gets done.
     * @param holdsBack    whether no batch is taken.
     * @param canSeal      whether memory is short enough for sealing early, and there is a segment worth it.
     */
    static MemoryRelief decide(
        final boolean mayDrop,
        final boolean isExceeded,
        final boolean sealingHelps,
        final boolean isIdle,
        final boolean holdsBack,
        final boolean canSeal) {
        if (mayDrop && isExceeded) {
            return DROP;
        }
        if (!sealingHelps) {
            return mayDrop && (isIdle || holdsBack) ? DROP : NOTHING;
        }
        if (!isIdle) {
            return NOTHING;
        }
        if (canSeal) {
            return SEAL;
        }
        return mayDrop ? DROP : NOTHING;
    }
}
