package io.truenow.engine.store.memory;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.os.HugePages;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.memory.os.Placements;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the machine granted of what was wanted, as seen on regions.
 *
 * @param bytes      looked at.
 * @param hugeBytes  of these in huge pages.
 * @param isOnNode   whether all begin on the wanted NUMA node; true if none is wanted.
 */
record PlacementGrant(MemoryPlacement wanted, long bytes, long hugeBytes, boolean isOnNode) {
    static PlacementGrant none(final MemoryPlacement wanted) {
        return new PlacementGrant(wanted, 0, 0, true);
    }

    PlacementGrant and(final Region region) {
        final boolean isThere =
            wanted.numaNode() == MemoryPlacement.ANY_NODE || Placements.numaNode(region.address()) == wanted.numaNode();
        return new PlacementGrant(wanted, bytes + region.lengthBytes(),
            hugeBytes + Placements.hugeBytes(region.address(), region.lengthBytes()), isOnNode && isThere);
    }

    /** For the log. */
    String text() {
        final String huge = wanted.hugePages() == HugePages.OFF && hugeBytes == 0
            ? "off" : hugePages() + ", " + new ByteSize(hugeBytes) + " of the first " + new ByteSize(bytes) + " granted";
        final String node = wanted.numaNode() == MemoryPlacement.ANY_NODE
            ? "any" : wanted.numaNode() + (isOnNode ? ", granted" : ", not granted");
        return "huge pages " + huge + ", NUMA node " + node;
    }

    /** For the status page. */
    Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("huge_pages", hugePages());
        status.put("looked_at_bytes", bytes);
        status.put("huge_bytes", hugeBytes);
        status.put("numa_node", wanted.numaNode() == MemoryPlacement.ANY_NODE ? null : wanted.numaNode());
        status.put("numa_node_granted", isOnNode);
        return status;
    }

    private String hugePages() {
        return wanted.hugePages().name().toLowerCase(Locale.ROOT);
    }
}
