/** Positions in the flow of gateways to shards, and the tokens that carry them. */
package io.truenow.fabric.position;
