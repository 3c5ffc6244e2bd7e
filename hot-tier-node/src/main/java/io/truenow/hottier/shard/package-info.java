/** What a lane is for a shard: a state machine without threads, streams or memory. */
package io.truenow.hottier.shard;
