/**
 * Cubes: aggregates of a segment's rows by some of its dimensions, kept from query to query and folded on read. Everything here belongs to
 * one query agent.
 */
package io.truenow.engine.scan.cube;
