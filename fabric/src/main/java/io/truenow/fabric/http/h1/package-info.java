/** Connections of HTTP/1.1: one request at a time, in order. */
package io.truenow.fabric.http.h1;
