/** What the Java library does not offer of the operating system: calls of Linux, each with a fallback for machines that refuse it. */
package io.truenow.fabric.memory.os;
