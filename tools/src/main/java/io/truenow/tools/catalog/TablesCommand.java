package io.truenow.tools.catalog;

import io.truenow.fabric.config.DurationText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code truenow tables}. */
@Command(
    name = "tables",
    description = "List, show, create, change and drop tables.",
    subcommands = {
        TablesCommand.ListCommand.class, TablesCommand.ShowCommand.class, TablesCommand.CreateCommand.class,
        TablesCommand.AlterCommand.class, TablesCommand.DropCommand.class})
public final class TablesCommand {
    private static final String ROW = "%-24s  %-6s  %-10s  %-7s  %-10s  %-8s  %s%n";

    private TablesCommand() {
    }

    private static void print(final JsonNode table) {
        System.out.printf(Locale.ROOT, "table        %s.%s (id %s)%n",
            table.path("namespace").asString(), table.path("name").asString(), table.path("id").asInt());
        System.out.println("description  " + table.path("description").asString(""));
        System.out.println("retention    " + retention(table));
        System.out.println("schema       " + table.path("schema").asString("") + ", version " + table.path("schema_version").asInt());
        System.out.println("identity     " + table.path("identity").asString(""));
        System.out.println("dimensions   " + names(table.path("dimensions")));
        System.out.println("metrics      " + names(table.path("metrics")));
    }

    private static String names(final JsonNode names) {
        return names.isEmpty() ? "none yet" : String.join(", ", names.values().stream().map(JsonNode::asString).toList());
    }

    private static String retention(final JsonNode table) {
        return DurationText.of(Duration.of(table.path("retention_us").asLong(), ChronoUnit.MICROS));
    }

    @Command(name = "list", description = "List those of a namespace.")
    static final class ListCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Parameters(paramLabel = "NAMESPACE")
        private String namespace;

        @Override
        public Integer call() throws IOException {
            return edge.get(CatalogEdge.path(namespace, "tables"), json -> {
                System.out.printf(Locale.ROOT, ROW, "table", "id", "retention", "schema", "dimensions", "metrics", "description");
                for (final JsonNode table : json.path("tables")) {
                    System.out.printf(Locale.ROOT, ROW, table.path("name").asString(), table.path("id").asInt(), retention(table),
                        table.path("schema").asString(""), table.path("dimensions").size(), table.path("metrics").size(),
                        table.path("description").asString(""));
                }
            });
        }
    }

    @Command(name = "show", description = "Show one.")
    static final class ShowCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private TableName name;

        @Override
        public Integer call() throws IOException {
            return edge.get(name.path(), TablesCommand::print);
        }
    }

    @Command(name = "create", description = "Create one.")
    static final class CreateCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private TableProperties properties;
        @Option(names = "--identity", paramLabel = "id|id_and_time", description = "What makes two events the same; never changes.")
        private String identity;
        @Mixin
        private TableName name;

        @Override
        public Integer call() throws IOException {
            final Map<String, Object> body = properties.toJson();
            body.put("name", name.table());
            if (identity != null) {
                body.put("identity", identity);
            }
            return edge.send("POST", CatalogEdge.path(name.namespace(), "tables"), body, null, TablesCommand::print);
        }
    }

    @Command(name = "alter", description = "Change its properties and add columns; what is not given stays.")
    static final class AlterCommand implements Callable<Integer> {
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private TableProperties properties;
        @Mixin
        private ExpectedVersion expected;
        @Mixin
        private TableName name;

        @Override
        public Integer call() throws IOException {
            return edge.send("PATCH", name.path(), properties.toJson(), expected.version(), TablesCommand::print);
        }
    }

    @Command(name = "drop", description = "Drop one with all its events. They cannot be had back.")
    static final class DropCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;
        @Mixin
        private CatalogEdge edge;
        @Mixin
        private ExpectedVersion expected;
        @Option(names = "--yes", description = "That you mean it.")
        private boolean isMeant;
        @Mixin
        private TableName name;

        @Override
        public Integer call() throws IOException {
            if (!isMeant) {
                throw new ParameterException(spec.commandLine(),
                    "this drops table " + name + " with all its events: say --yes if you mean it");
            }
            return edge.send("DELETE", name.path(), null, expected.version(), json -> System.out.println("dropped table " + name));
        }
    }
}
