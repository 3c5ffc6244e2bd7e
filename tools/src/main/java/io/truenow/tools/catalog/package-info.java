/** {@code truenow namespaces} and {@code truenow tables}: what operators do with the catalog, over control's REST edge. */
package io.truenow.tools.catalog;
