/**
 * What a client may take from a service: memory for what it sends and does not read, time, connections. Each limit stands alone; the HTTP
 * edge puts them together.
 */
package io.truenow.fabric.http.limits;
