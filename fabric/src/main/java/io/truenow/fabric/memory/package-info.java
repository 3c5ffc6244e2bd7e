/**
 * Off-heap memory: an accountant in which every byte has a tag, a limit and a metric; large regions; blocks carved from regions by a buddy
 * pool.
 */
package io.truenow.fabric.memory;
