package io.truenow.hottier.shard;

/**
 * What a lane is for a shard that it holds rows of.
 *
 * <pre>
 *   JOINING ──all gateways are asked──▶ CATCHING_UP ──all that they have is applied──▶ ACTIVE
 *      ▲                                                                               │  ▲
 *      │ named again, later                    others take over: named LEAVING ────────┤  │ lease held again
 *      │                                                          ▼                    ▼  │
 *   FENCED ◀──named no more, and no other owner has it all──── LEAVING ────────────▶ FENCED
 *      │                                                                               │
 *      └───────── another owner has it all, or the table is gone: GONE ◀───────────────┘
 * </pre>
 */
public enum ShardRole {
    /** The catalog names the lane an owner. There are gateways that it has not told yet from where on it lacks their batches. */
    JOINING(false, true),
    /** It takes batches, and lacks some that were sent before it was an owner, or to an earlier process of its node. */
    CATCHING_UP(false, true),
    /** It has all that was acknowledged. */
    ACTIVE(true, true),
    /** It has all that was acknowledged, and others are to take over: they catch up while it answers. */
    LEAVING(true, true),
    /**
     * Others may own the shard, and it cannot know: its lease has run out, or the catalog names it no more. It answers nothing and
     * acknowledges nothing, and keeps what it has.
     */
    FENCED(false, false),
    /** Another owner has all of it, or there is no such shard any more: what it has is forgotten. */
    GONE(false, false);

    private final boolean answers;
    private final boolean acknowledges;

    ShardRole(final boolean answers, final boolean acknowledges) {
        this.answers = answers;
        this.acknowledges = acknowledges;
    }

    /**
     * What a lane is.
     *
     * @param ownership   as the catalog has it.
     * @param isLeaseHeld whether control takes the node for alive.
     * @param isAsked     whether every gateway has been told where the lane stands.
     * @param isWhole     whether all is applied that gateways had for the shard when the lane became its owner.
     */
    public static ShardRole of(final ShardOwnership ownership, final boolean isLeaseHeld, final boolean isAsked, final boolean isWhole) {
        if (!ownership.isNamed()) {
            return ownership.isElsewhere() ? GONE : FENCED;
        }
        if (ownership.isShared() && !isLeaseHeld) {
            return FENCED;
        }
        if (!isWhole) {
            return isAsked ? CATCHING_UP : JOINING;
        }
        return ownership.isLeaving() ? LEAVING : ACTIVE;
    }

    /** Whether queries may be answered from what it has. */
    public boolean answers() {
        return answers;
    }

    /** Whether gateways may hear what it has applied. */
    public boolean acknowledges() {
        return acknowledges;
    }
}
