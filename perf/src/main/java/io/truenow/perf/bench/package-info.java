/** What {@code truenow bench} runs. */
package io.truenow.perf.bench;
