/** What a shard is described by beside its rows: its vector, the spans of event time, the ranges that it misses, what it let go. */
package io.truenow.engine.store.shard;
