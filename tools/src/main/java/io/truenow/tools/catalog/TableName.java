package io.truenow.tools.catalog;

import picocli.CommandLine.Parameters;

/** Which table; mixed into commands. */
final class TableName {
    @Parameters(index = "0", paramLabel = "NAMESPACE")
    private String namespace;

    @Parameters(index = "1", paramLabel = "TABLE")
    private String table;

    String namespace() {
        return namespace;
    }

    String table() {
        return table;
    }

    String path() {
        return CatalogEdge.path(namespace, "tables", table);
    }

    @Override
    public String toString() {
        return namespace + '.' + table;
    }
}
