/** Tests of segment files. */
package io.truenow.engine.store.sealed;
