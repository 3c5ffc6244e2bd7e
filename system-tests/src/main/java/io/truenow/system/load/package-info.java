/** Sends events and remembers what was acknowledged. */
package io.truenow.system.load;
