/** What the services agree on: namespaces, tables, shards, services; and each service's view of it. */
package io.truenow.fabric.catalog;
