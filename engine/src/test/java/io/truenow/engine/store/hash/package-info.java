/** Compares the hash tables with those of {@code java.util}. */
package io.truenow.engine.store.hash;
