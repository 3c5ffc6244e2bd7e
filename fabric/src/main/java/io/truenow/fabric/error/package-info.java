/** What goes wrong inside a process: each distinct error once, with its count, in a mapped file. */
package io.truenow.fabric.error;
