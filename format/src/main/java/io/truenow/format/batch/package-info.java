/** Batches of events as they travel: built from rows, read column by column. */
package io.truenow.format.batch;
