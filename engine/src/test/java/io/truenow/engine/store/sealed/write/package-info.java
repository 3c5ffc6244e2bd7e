/** Tests of what writes segment files. */
package io.truenow.engine.store.sealed.write;
