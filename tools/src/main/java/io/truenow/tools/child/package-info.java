/** A TrueNow of one's own, in a child process: what benches and system tests run against. */
package io.truenow.tools.child;
