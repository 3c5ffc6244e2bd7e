/** Mergeable answers that do not fit into sums: distinct values, quantiles, most frequent values. Each tells how far off it may be. */
package io.truenow.format.sketch;
