/** Parts of the engine run in this process, without streams between them: by JMH and by {@code truenow bench}. */
package io.truenow.perf.engine;
