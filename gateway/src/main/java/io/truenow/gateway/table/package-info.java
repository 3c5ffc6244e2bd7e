/** From the names in a request to tables and columns of the catalog, and to new ones through the control plane. */
package io.truenow.gateway.table;
