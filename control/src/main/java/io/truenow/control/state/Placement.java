package io.truenow.control.state;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;

import java.util.List;

/**
 * Proposes owners by weighted rendezvous hashing: a node's weight is its lanes, and a node that comes or goes moves only what it gains or
 * loses. {@link StrictMath}, since members of different machines must agree on every bit.
 */
final class Placement {
    private Placement() {
    }

    /** Owners of a shard, primary first; empty if there is no node. Lapsed nodes are taken only where none is active. */
    static List<Owner> propose(final CatalogState state, final int shardId) {
        ServiceInstance best = best(state, shardId, ServiceState.ACTIVE);
        if (best == null) {
            best = best(state, shardId, ServiceState.LAPSED);
        }
        if (best == null) {
            return List.of();
        }
        final int lane = (int) Long.remainderUnsigned(mix(mix(shardId) ^ ~(long) best.id()), best.lanes());
        return List.of(new Owner(best.id(), lane, OwnerState.ACTIVE));
    }

    private static ServiceInstance best(final CatalogState state, final int shardId, final ServiceState wanted) {
        ServiceInstance best = null;
        double bestScore = 0;
        for (final ServiceInstance node : state.services().values()) {
            if (node.kind() == ServiceKind.HOT_TIER && node.state() == wanted) {
                final double uniform = ((mix(mix(shardId) + node.id()) >>> 11) + 0.5) * 0x1p-53;
                final double score = -node.lanes() / StrictMath.log(uniform);
                if (best == null || score > bestScore) {
                    best = node;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    /** The finalizer of SplitMix64. */
    static long mix(final long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
