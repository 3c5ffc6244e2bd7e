/** Rows off-heap: blocks, the segments they make up, a shard's segments, and how batches get into them and readers see them. */
package io.truenow.engine.store.segment;
