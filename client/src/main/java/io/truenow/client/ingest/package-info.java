/** The Aeron-native way in: batches built at the client, acknowledged by a gateway. */
package io.truenow.client.ingest;
