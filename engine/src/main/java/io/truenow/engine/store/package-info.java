/** Rows of open segments, sealed files, dedup, and what outlives a process. */
package io.truenow.engine.store;
