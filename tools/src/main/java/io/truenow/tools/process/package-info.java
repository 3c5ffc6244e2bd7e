/** Composes services into a process: {@code truenow start}. */
package io.truenow.tools.process;
