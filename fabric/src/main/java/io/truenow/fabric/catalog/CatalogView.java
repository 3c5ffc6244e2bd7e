package io.truenow.fabric.catalog;

/** A service's view of the committed catalog. Any thread may read it; it moves on by itself. */
public interface CatalogView {
    /** The newest catalog that has reached this process; {@link Catalog#EMPTY} before the first. Never null; versions never go back. */
    Catalog catalog();
}
