/** What a lane and the sealer agent say to each other: segments to write, files to delete, what of a shard is kept on disk beside them. */
package io.truenow.engine.store.seal;
