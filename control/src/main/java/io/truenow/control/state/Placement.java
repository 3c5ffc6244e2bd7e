package io.truenow.control.state;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;

import java.util.Comparator;
import java.util.List;

/**
 * Proposes owners by weighted rendezvous hashing: a node's weight is its lanes, and a node that comes or goes moves only what it gains or
 * loses. {@link StrictMath}, since members of different machines must agree on every bit.
 */
final class Placement {
    private Placement() {
    }

    /**
     * Owners of a shard that nobody owns yet: the best nodes in order, primary first, as many as are wanted or there are. Lapsed nodes are
     * taken only where no active one is left.
     */
    static List<Owner> propose(final CatalogState state, final int shardId, final int replicas) {
        return state.services().values().stream()
            .filter(node -> node.kind() == ServiceKind.HOT_TIER && node.state() != ServiceState.LEFT)
            .sorted(Comparator
                .comparing((ServiceInstance node) -> node.state() != ServiceState.ACTIVE)
                .thenComparing(node -> -score(shardId, node))
                .thenComparing(ServiceInstance::id))
            .limit(replicas)
            .map(node -> new Owner(node.id(), lane(shardId, node), OwnerState.ACTIVE, state.nextVersion()))
            .toList();
    }

    private static double score(final int shardId, final ServiceInstance node) {
        final double uniform = ((mix(mix(shardId) + node.id()) >>> 11) + 0.5) * 0x1p-53;
        return -node.lanes() / StrictMath.log(uniform);
    }

    private static int lane(final int shardId, final ServiceInstance node) {
        return (int) Long.remainderUnsigned(mix(mix(shardId) ^ ~(long) node.id()), node.lanes());
    }

    /** The finalizer of SplitMix64. */
    static long mix(final long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
