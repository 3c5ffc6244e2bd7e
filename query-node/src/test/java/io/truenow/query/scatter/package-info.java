/** The scatter agent with lanes that do as told, and a whole node over a real media driver. */
package io.truenow.query.scatter;
