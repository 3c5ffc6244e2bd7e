package io.truenow.query.scatter;

import io.truenow.query.merge.MergeBudget;
import io.truenow.query.merge.MergeStatus;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;

/**
 * Parts of a lane's answer that wait for its last: what is merged cannot be taken back, so a part that is lost would cost the answers of
 * all lanes. Copies of messages on the heap, within the budget. Belongs to the scatter agent's thread.
 */
final class HeldParts {
    private final MergeBudget budget;
    private final ArrayDeque<UnsafeBuffer> parts = new ArrayDeque<>();
    private long heldBytes;
    private int count;

    HeldParts(final MergeBudget budget) {
        this.budget = budget;
    }

    /** How many parts came, be they merged since. */
    int count() {
        return count;
    }

    /** A part came that need not wait. */
    void onMerged() {
        count++;
    }

    /**
     * Keeps a part.
     *
     * @param queryBytes that the query holds beside.
     */
    MergeStatus add(final DirectBuffer message, final int offset, final int length, final long queryBytes) {
        final MergeStatus status = budget.reserve(queryBytes + heldBytes, length);
        if (status == MergeStatus.OK) {
            heldBytes += length;
            count++;
            final byte[] copy = new byte[length];
            message.getBytes(offset, copy);
            parts.addLast(new UnsafeBuffer(copy));
        }
        return status;
    }

    /** The first that is left, or null. */
    DirectBuffer first() {
        return parts.peekFirst();
    }

    /** The first was merged. */
    void removeFirst() {
        final int length = parts.pollFirst().capacity();
        heldBytes -= length;
        budget.release(length);
    }

    /** Gives all back. */
    void release() {
        parts.clear();
        budget.release(heldBytes);
        heldBytes = 0;
    }
}
