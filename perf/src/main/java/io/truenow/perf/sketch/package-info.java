/** Sketches side by side, by which docs/adr/0008 and 0009 were decided. */
package io.truenow.perf.sketch;
