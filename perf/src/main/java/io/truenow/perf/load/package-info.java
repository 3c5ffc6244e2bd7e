/** Load generators and the probes that check what they did. */
package io.truenow.perf.load;
