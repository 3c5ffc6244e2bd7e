/** What goes wrong inside a process: each distinct error once, with how often it came, in a text file. */
package io.truenow.fabric.error;
