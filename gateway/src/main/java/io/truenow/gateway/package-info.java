/** The gateway: edges, journal, publication to lanes. */
package io.truenow.gateway;
