/** Addresses of services on the fabric and the channels between them. */
package io.truenow.fabric.channel;
