/** What travels between processes and is merged there: batches of events, partial results and sketches. Knows no transport. */
package io.truenow.format;
