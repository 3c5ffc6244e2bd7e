/**
 * From the events of a request to batches in the journal, whatever edge they came by: an edge parses and replies, all else is here. Depends
 * on no edge.
 */
package io.truenow.gateway.ingest;
