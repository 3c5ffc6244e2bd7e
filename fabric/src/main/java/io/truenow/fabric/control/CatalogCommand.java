package io.truenow.fabric.control;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.catalog.TableProperties;

import java.util.List;

/** What an operator asks the control plane to change. What is null stays as it is. Immutable. */
public sealed interface CatalogCommand {
    /** Rejected with {@code namespace_exists} if there is one of that name. */
    record CreateNamespace(String name, boolean autoCreateTables, String description) implements CatalogCommand {
    }

    /** Changes its properties. */
    record AlterNamespace(int namespaceId, Boolean autoCreateTables, String description) implements CatalogCommand {
    }

    /** Rejected with {@code namespace_not_empty} while it has tables. */
    record DropNamespace(int namespaceId) implements CatalogCommand {
    }

    /** Rejected with {@code table_exists} if there is one of that name. It may do what the namespace forbids events. */
    record CreateTable(
        String namespace,
        String table,
        EventIdentity identity,
        TableProperties properties,
        List<String> dimensions,
        List<String> metrics) implements CatalogCommand {
        public CreateTable {
            dimensions = List.copyOf(dimensions);
            metrics = List.copyOf(metrics);
        }
    }

    /** Changes its properties and adds the columns that it lacks. */
    record AlterTable(
        int tableId,
        Long retentionUs,
        Boolean isClosed,
        String description,
        List<String> dimensions,
        List<String> metrics) implements CatalogCommand {
        public AlterTable {
            dimensions = List.copyOf(dimensions);
            metrics = List.copyOf(metrics);
        }
    }

    /** Removes it with all that it holds. Its id is not given again. */
    record DropTable(int tableId) implements CatalogCommand {
    }
}
