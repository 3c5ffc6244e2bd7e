/** Ways to other services that open, close and reopen without blocking an agent. */
package io.truenow.hottier.link;
