/**
 * The HTTP edge kit: an edge, how its connections begin, and what every service answers ({@code /health}, {@code /ready}, {@code /status},
 * {@code /metrics}). Handlers know {@code route} alone.
 */
package io.truenow.fabric.http;
