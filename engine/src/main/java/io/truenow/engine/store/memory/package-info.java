/** The memory of a node: one accountant, one directory of regions, a reserve of regions for each lane. */
package io.truenow.engine.store.memory;
