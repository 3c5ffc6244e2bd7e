/**
 * Lanes: the only writers of their shards. What comes from gateways, what goes back to them, and what a lane and its query agent exchange.
 */
package io.truenow.hottier.lane;
