/** JMH benchmarks of single steps, run by {@code truenow bench micro}. */
package io.truenow.perf.micro;
