/**
 * The HTTP edge kit: routes, exchanges, problems, and what every service answers ({@code /health}, {@code /ready}, {@code /status}, {@code
 * /metrics}).
 */
package io.truenow.fabric.http;
