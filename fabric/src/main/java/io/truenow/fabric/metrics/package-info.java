/** Counters and gauges of a process and their exposition. */
package io.truenow.fabric.metrics;
