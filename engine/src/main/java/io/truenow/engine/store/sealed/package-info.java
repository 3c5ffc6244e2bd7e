/** Sealed segments: files of rows sorted by time, checked, mapped read-only and read like any other segment; their directory. */
package io.truenow.engine.store.sealed;
