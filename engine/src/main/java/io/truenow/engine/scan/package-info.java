/**
 * Scans: a query's way through the segments of its cuts, answered from cubes where that can be and from rows where not. Everything here
 * belongs to one query agent.
 */
package io.truenow.engine.scan;
