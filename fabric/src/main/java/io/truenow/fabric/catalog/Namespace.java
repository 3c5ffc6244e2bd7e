package io.truenow.fabric.catalog;

/**
 * A tenant.
 *
 * @param id               given by the catalog.
 * @param name             unique.
 * @param createdUs        cluster time of its creation.
 * @param autoCreateTables whether the first event that names a table creates it.
 * @param description      for people; empty if there is none.
 */
public record Namespace(int id, String name, long createdUs, boolean autoCreateTables, String description) {
    /** One without description. */
    public Namespace(final int id, final String name, final long createdUs, final boolean autoCreateTables) {
        this(id, name, createdUs, autoCreateTables, "");
    }

    /** The same with other properties. */
    public Namespace with(final boolean newAutoCreateTables, final String newDescription) {
        return new Namespace(id, name, createdUs, newAutoCreateTables, newDescription);
    }
}
