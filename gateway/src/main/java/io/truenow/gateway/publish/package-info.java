/** From the journal to the lanes: the journal agent, a destination per lane, and what lanes answer. */
package io.truenow.gateway.publish;
