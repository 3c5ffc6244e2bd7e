/** Tests of what lanes and the sealer agent exchange. */
package io.truenow.engine.store.seal;
