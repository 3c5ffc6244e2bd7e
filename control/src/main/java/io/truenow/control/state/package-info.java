/**
 * The catalog's deterministic state machine. No Aeron, no clock, no randomness in it: time and entropy come with the log's entries, maps
 * are sorted, so every member and every replay arrives at the same bytes.
 */
package io.truenow.control.state;
