/** One member of the control plane's Aeron Cluster: archive, consensus module and the service that carries the state machine. */
package io.truenow.control.cluster;
