/** The Aeron-native client and the formats of batches and partial results. */
package io.truenow.client;
