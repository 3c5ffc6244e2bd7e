/** What makes a process itself: its data directory, its identity, its version. */
package io.truenow.fabric.process;
