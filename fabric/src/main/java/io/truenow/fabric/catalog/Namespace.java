package io.truenow.fabric.catalog;

/**
 * A tenant.
 *
 * @param id               given by the catalog.
 * @param name             unique.
 * @param createdUs        cluster time of its creation.
 * @param autoCreateTables whether the first event that names a table creates it.
 */
public record Namespace(int id, String name, long createdUs, boolean autoCreateTables) {
}
