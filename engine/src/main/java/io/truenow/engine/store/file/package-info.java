/** The seam to the file system, at which tests let single operations fail. */
package io.truenow.engine.store.file;
