/** Writes sealed segments: sorts, narrows and encodes the rows of other segments in one pass over each column. */
package io.truenow.engine.store.sealed.write;
