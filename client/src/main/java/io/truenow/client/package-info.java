/** The Aeron-native client. */
package io.truenow.client;
