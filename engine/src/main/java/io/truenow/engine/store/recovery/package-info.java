/** Takes over what an earlier process of the node has left in its region files, or throws it away. */
package io.truenow.engine.store.recovery;
