/** Scans: selection, grouping and aggregation of a cut's rows, block at a time. Everything here belongs to the query agent. */
package io.truenow.engine.scan.kernel;
