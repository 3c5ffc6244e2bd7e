/** How a shard's publications look to other threads. */
package io.truenow.hottier.segment;
