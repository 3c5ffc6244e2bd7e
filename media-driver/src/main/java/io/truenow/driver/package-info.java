/** Launches and tunes the Aeron media driver and archive: embedded, own process, or attached to. */
package io.truenow.driver;
