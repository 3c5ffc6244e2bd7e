/** Aggregate states by group in native memory, and where a query agent keeps them. Everything here belongs to one query agent. */
package io.truenow.engine.scan.group;
