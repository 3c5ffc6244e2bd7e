package io.truenow.control.state;

import io.truenow.codecs.control.AlterNamespaceDecoder;
import io.truenow.codecs.control.Choice;
import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.DropNamespaceDecoder;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.problem.ProblemCode;

/** Creation, change and removal of namespaces. */
final class NamespaceCommands {
    static final int MAX_NAMESPACES = 10_000;

    private final CatalogState state;

    NamespaceCommands(final CatalogState state) {
        this.state = state;
    }

    Verdict create(final CreateNamespaceDecoder command, final long nowUs) {
        final boolean autoCreateTables = command.autoCreateTables() != 0;
        final String name = command.name();
        final String description = command.description();
        Verdict refusal = checkNew(name);
        if (refusal == null) {
            refusal = PropertyRules.checkDescription(description);
        }
        if (refusal != null) {
            return refusal;
        }
        final Namespace existing = state.namespaces().get(name);
        if (existing != null) {
            return new Verdict(ProblemCode.NAMESPACE_EXISTS, "there is a namespace of this name", existing.id());
        }
        return Verdict.ok(add(name, autoCreateTables, description, nowUs).id());
    }

    Verdict alter(final AlterNamespaceDecoder command) {
        final Namespace namespace = state.namespaces().get(command.namespaceId());
        final boolean autoCreateTables = command.autoCreateTables() == Choice.NULL_VAL
            ? namespace != null && namespace.autoCreateTables() : command.autoCreateTables() == Choice.YES;
        final boolean describes = command.describe() == Choice.YES;
        final String description = command.description();
        if (namespace == null) {
            return unknown();
        }
        final Verdict refusal = PropertyRules.checkDescription(description);
        if (refusal != null) {
            return refusal;
        }
        final Namespace next = namespace.with(autoCreateTables, describes ? description : namespace.description());
        if (!next.equals(namespace)) {
            state.put(next);
        }
        return Verdict.ok(namespace.id());
    }

    Verdict drop(final DropNamespaceDecoder command) {
        final Namespace namespace = state.namespaces().get(command.namespaceId());
        if (namespace == null) {
            return unknown();
        }
        if (state.tables().values().stream().anyMatch(table -> table.namespaceId() == namespace.id())) {
            return Verdict.reject(ProblemCode.NAMESPACE_NOT_EMPTY, "the namespace has tables: drop them first");
        }
        state.namespaces().remove(namespace.id());
        return Verdict.ok(namespace.id());
    }

    /** Whether there may be a namespace of that name; null if so. */
    Verdict checkNew(final String name) {
        if (!Names.isIdentifier(name)) {
            return Verdict.reject(ProblemCode.INVALID_NAMESPACE, "a namespace's name is " + Names.IDENTIFIER_RULE);
        }
        if (state.namespaces().get(name) == null && state.namespaces().size() >= MAX_NAMESPACES) {
            return Verdict.reject(ProblemCode.NAMESPACE_LIMIT, "the catalog holds " + MAX_NAMESPACES + " namespaces");
        }
        return null;
    }

    Namespace add(final String name, final boolean autoCreateTables, final String description, final long nowUs) {
        final Namespace namespace = new Namespace(state.nextNamespaceId++, name, nowUs, autoCreateTables, description);
        state.put(namespace);
        return namespace;
    }

    private static Verdict unknown() {
        return Verdict.reject(ProblemCode.UNKNOWN_NAMESPACE, "there is no namespace of this id any more");
    }
}
