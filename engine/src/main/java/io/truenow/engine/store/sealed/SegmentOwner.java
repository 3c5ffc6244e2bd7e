package io.truenow.engine.store.sealed;

/**
 * Whose rows a segment file holds.
 *
 * @param catalogIdHigh of the catalog that gave the other ids, which mean nothing under another; 0, 0 if unknown.
 * @param catalogIdLow  see there.
 * @param lane          of the node.
 * @param tableId       catalog id.
 * @param shardId       catalog id.
 */
public record SegmentOwner(long catalogIdHigh, long catalogIdLow, int lane, int tableId, int shardId) {
}
