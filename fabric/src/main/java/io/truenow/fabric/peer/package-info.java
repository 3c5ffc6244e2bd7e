/** How messages go to a peer over Aeron, and what became of each. */
package io.truenow.fabric.peer;
