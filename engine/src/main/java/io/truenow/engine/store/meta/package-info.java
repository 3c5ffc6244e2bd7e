/** The file {@code lane.meta}: whose regions lie beside it, where all that they hold begins, and how a batch is committed. */
package io.truenow.engine.store.meta;
