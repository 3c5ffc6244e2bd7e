package io.truenow.tools.catalog;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code truenow namespaces}. */
@Command(
    name = "namespaces",
    description = "List, create, change and drop namespaces.",
    subcommands = {
        NamespacesCommand.ListCommand.class, NamespacesCommand.CreateCommand.class, NamespacesCommand.AlterCommand.class,
        NamespacesCommand.DropCommand.class})
public final class NamespacesCommand implements Callable<Integer> {
    private static final String ROW = "%-24s  %-6s  %-12s  %s%n";

    @Mixin
    private CatalogEdge edge;

    /** Lists them. */
    @Override
    public Integer call() throws IOException {
        return list(edge);
    }

    private static int list(final CatalogEdge edge) throws IOException {
        return edge.get("/v1/namespaces", json -> {
            System.out.printf(Locale.ROOT, ROW, "namespace", "id", "new tables", "description");
            json.path("namespaces").forEach(NamespacesCommand::print);
        });
    }

    private static void print(final JsonNode namespace) {
        System.out.printf(Locale.ROOT, ROW, namespace.path("name").asString(), namespace.path("id").asInt(),
            namespace.path("auto_create_tables").asBoolean() ? "by events" : "by operators", namespace.path("description").asString(""));
    }

    @Command(name = "list", description = "List them, which is also what `truenow namespaces` does.")
    static final class ListCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;

        @Override
        public Integer call() throws IOException {
            return list(edge);
        }
    }

    /** What may be said of a namespace. */
    static final class Properties {
        @Option(names = "--auto-create-tables", paramLabel = "true|false", arity = "1",
            description = "Whether the first event that names a table creates it.")
        private Boolean autoCreateTables;

        @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
        private String description;

        private Map<String, Object> toJson() {
            final Map<String, Object> json = new LinkedHashMap<>();
            if (autoCreateTables != null) {
                json.put("auto_create_tables", autoCreateTables);
            }
            if (description != null) {
                json.put("description", description);
            }
            return json;
        }
    }

    @Command(name = "create", description = "Create one.")
    static final class CreateCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private Properties properties;
        @Parameters(paramLabel = "NAMESPACE")
        private String name;

        @Override
        public Integer call() throws IOException {
            final Map<String, Object> body = properties.toJson();
            body.put("name", name);
            return edge.send("POST", "/v1/namespaces", body, null, NamespacesCommand::print);
        }
    }

    @Command(name = "alter", description = "Change its properties; what is not given stays.")
    static final class AlterCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private Properties properties;
        @Mixin
        private ExpectedVersion expected;
        @Parameters(paramLabel = "NAMESPACE")
        private String name;

        @Override
        public Integer call() throws IOException {
            return edge.send("PATCH", CatalogEdge.path(name), properties.toJson(), expected.version(), NamespacesCommand::print);
        }
    }

    @Command(name = "drop", description = "Drop one that has no tables.")
    static final class DropCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private ExpectedVersion expected;
        @Parameters(paramLabel = "NAMESPACE")
        private String name;

        @Override
        public Integer call() throws IOException {
            return edge.send("DELETE", CatalogEdge.path(name), null, expected.version(),
                json -> System.out.println("dropped namespace " + json.path("name").asString()));
        }
    }
}
