/** How a shard's publications look to other threads. */
package io.truenow.engine.store.segment;
