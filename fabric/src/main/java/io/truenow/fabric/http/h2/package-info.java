/** Connections of HTTP/2: many requests at a time, each on a stream of its own. */
package io.truenow.fabric.http.h2;
