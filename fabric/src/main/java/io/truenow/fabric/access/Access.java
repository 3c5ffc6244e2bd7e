package io.truenow.fabric.access;

/** What somebody needs to be allowed to ask for something. One does not include another. */
public enum Access {
    /** Nothing: health, metrics, and what a port says of itself. Nobody is asked who they are. */
    PUBLIC,
    /** To read events and the catalog. */
    READ,
    /** To send events. */
    WRITE,
    /** To change namespaces, tables and services. */
    ADMIN
}
