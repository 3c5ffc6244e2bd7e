/** Wall time, and the time that a process has been running. */
package io.truenow.fabric.time;
