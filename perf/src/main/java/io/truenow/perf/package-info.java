/** Benchmarks, load generators and their reports. */
package io.truenow.perf;
