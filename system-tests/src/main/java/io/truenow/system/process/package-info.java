/** Starts, kills, stops and inspects real processes. */
package io.truenow.system.process;
