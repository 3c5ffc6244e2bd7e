/** {@code truenow bench}: runs a bench of module perf against a TrueNow of its own. */
package io.truenow.tools.bench;
