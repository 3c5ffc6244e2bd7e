/** Who asks, and what they may do: the same for every edge. */
package io.truenow.fabric.access;
