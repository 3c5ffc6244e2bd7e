/** What a process costs, seen from outside. */
package io.truenow.perf.process;
