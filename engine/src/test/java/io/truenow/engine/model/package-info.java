/** A plain model of a shard, to compare with, and random batches for both. */
package io.truenow.engine.model;
