/**
 * The REST edge of ingestion: {@code POST /v1/ingest} and {@code POST /v1/batch}. A request is read once, on its event loop, from its bytes
 * into the loop's batch builders; answered when the journal agent says what became of its batches.
 */
package io.truenow.gateway.edge.rest;
