package io.truenow.fabric.config;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The configuration of a process. Defaults come from a documented fragment for each section on the class path and are overridden, each by
 * the next, by one YAML file, by environment variables ({@code TRUENOW_GATEWAY_HTTP_PORT} for {@code gateway.http-port}) and by the command
 * line. A key that no fragment knows is refused by its name; a variable that no key has is passed over, since others set such too, with a
 * {@link #warnings warning} where it may have been meant. Immutable once loaded.
 */
public final class ConfigLoader {
    private static final JsonMapper MAPPER = JsonMapper.builder()
        .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .addModule(new SimpleModule().setDeserializers(new ValueDeserializers()))
        .build();

    private final List<Fragment> fragments;
    private final ObjectNode tree = MAPPER.createObjectNode();
    /** Leaves of the fragments, and where their value was set last. */
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, JsonNode> overrides = new TreeMap<>();
    private List<String> warnings = List.of();

    private ConfigLoader(final List<Fragment> fragments) {
        this.fragments = fragments;
        for (final Fragment fragment : fragments) {
            tree.setAll(fragment.defaults().deepCopy());
            fragment.leaves().forEach(leaf -> origins.put(leaf, "the defaults"));
        }
    }

    /** A loader that knows the sections; each has a fragment {@code truenow/<section>.yaml} on the class path. */
    public static Builder ofSections(final String... sections) {
        return new Builder(Arrays.stream(sections).map(Fragment::load).toList());
    }

    /**
     * The section as a record whose components are named as the section's keys ({@code httpPort} for {@code http-port}). Components may be
     * numbers, booleans, strings, enums, {@link Duration}, {@link ByteSize}, {@link Path}, lists, string maps and further records.
     *
     * @throws ConfigException if a value does not fit, naming its key, or the record's own check refuses it.
     */
    public <R extends Record> R bind(final String section, final Class<R> type) {
        try {
            return MAPPER.treeToValue(tree.get(section), type);
        } catch (final JacksonException e) {
            throw invalid(section, e);
        }
    }

    /** The whole effective configuration as YAML, every key with its comment. */
    public String renderDocumented() {
        final StringBuilder text = new StringBuilder();
        for (final Fragment fragment : fragments) {
            text.append(text.isEmpty() ? "" : "\n").append(fragment.render(overrides));
        }
        return text.toString();
    }

    /** One line for each environment variable that sets nothing and may have been meant to. */
    public List<String> warnings() {
        return warnings;
    }

    /** Whether nobody has set the key. */
    public boolean isDefault(final String key) {
        return !overrides.containsKey(key);
    }

    /** The environment variable that sets a key. */
    public static String environmentVariable(final String key) {
        return EnvironmentVariables.PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private void addFile(final Path file) {
        final String text;
        try {
            text = Files.readString(file);
        } catch (final IOException e) {
            throw new ConfigException("cannot read the configuration file " + file + ": " + reason(e), e);
        }
        addTree("", YamlText.parse(text, file.toString()), file.toString());
    }

    private void addTree(final String prefix, final ObjectNode added, final String origin) {
        added.forEachEntry((name, value) -> {
            final String path = prefix.isEmpty() ? name : prefix + '.' + name;
            if (origins.containsKey(path)) {
                set(path, value, origin);
            } else if (value.isNull() && isGroup(path)) {
                // a group whose keys are all commented out
                return;
            } else if (value instanceof ObjectNode group && isGroup(path)) {
                addTree(path, group, origin);
            } else if (isGroup(path)) {
                throw new ConfigException(path + " in " + origin + " is a group of keys, not a value");
            } else {
                throw unknown(path, origin);
            }
        });
    }

    private void addEnvironment(final Map<String, String> environment, final Set<String> otherVariables) {
        final List<String> sections = fragments.stream().map(Fragment::section).toList();
        final EnvironmentVariables variables = new EnvironmentVariables(origins.keySet(), sections);
        variables.read(environment, otherVariables,
            (variable, text) -> setText(variables.keyOf(variable), text, "environment variable " + variable));
        warnings = List.copyOf(variables.warnings());
    }

    private void addAssignment(final String assignment) {
        final int equals = assignment.indexOf('=');
        if (equals < 0) {
            throw new ConfigException("not key=value: " + assignment);
        }
        final String path = assignment.substring(0, equals).strip();
        if (!origins.containsKey(path)) {
            throw isGroup(path) ? new ConfigException(path + " is a group of keys, not a value") : unknown(path, "the command line");
        }
        setText(path, assignment.substring(equals + 1), "the command line");
    }

    /**
     * Text is taken as it is; where the default is a list or a map it is YAML, or for a list words between commas. An empty one takes back
     * what is optional.
     */
    private void setText(final String path, final String text, final String origin) {
        final JsonNode former = at(path);
        // [::1]:8010 is a word
        final boolean isYamlList = text.strip().startsWith("[") && text.strip().endsWith("]");
        if (former.isArray() && !isYamlList) {
            final ArrayNode list = MAPPER.createArrayNode();
            Arrays.stream(text.split(",")).map(String::strip).filter(word -> !word.isEmpty()).forEach(list::add);
            set(path, list, origin);
        } else if (text.isBlank()) {
            set(path, MAPPER.nullNode(), origin);
        } else if (former.isContainer()) {
            set(path, YamlText.parseValue(text, path + " in " + origin), origin);
        } else {
            final boolean isText = former.isString() || isOptional(path);
            set(path, isText ? StringNode.valueOf(text) : YamlText.parseValue(text, path + " in " + origin), origin);
        }
    }

    private void set(final String path, final JsonNode value, final String origin) {
        final int dot = path.lastIndexOf('.');
        final boolean isEmpty = value.isNull() || value.isMissingNode() || value.isString() && value.stringValue().isBlank();
        if (isEmpty && !isOptional(path)) {
            throw new ConfigException("no value of " + path + " in " + origin + "; its default is " + YamlText.inline(defaultOf(path)));
        }
        final JsonNode kept = isEmpty ? MAPPER.nullNode() : value;
        ((ObjectNode) at(path.substring(0, dot))).set(path.substring(dot + 1), kept);
        origins.put(path, origin);
        overrides.put(path, kept);
    }

    /** Whether it may be without a value, as it is by default. */
    private boolean isOptional(final String path) {
        return defaultOf(path).isNull();
    }

    private JsonNode defaultOf(final String path) {
        final String section = path.substring(0, path.indexOf('.'));
        final Fragment fragment = fragments.stream().filter(candidate -> candidate.section().equals(section)).findFirst().orElseThrow();
        return fragment.defaults().at('/' + path.replace('.', '/'));
    }

    private JsonNode at(final String path) {
        return tree.at('/' + path.replace('.', '/'));
    }

    private boolean isGroup(final String path) {
        return at(path).isObject() && !origins.containsKey(path);
    }

    private ConfigException unknown(final String path, final String origin) {
        final String nearest = Nearest.ifNear(path, origins.keySet());
        return new ConfigException("unknown key " + path + " in " + origin
            + (nearest == null ? "; `truenow config` prints all there are" : "; did you mean " + nearest + '?'));
    }

    private ConfigException invalid(final String section, final JacksonException e) {
        final StringBuilder path = new StringBuilder(section);
        for (final JacksonException.Reference reference : e.getPath()) {
            if (reference.getPropertyName() != null) {
                path.append('.').append(reference.getPropertyName());
            }
        }
        if (e.getCause() instanceof InvalidValueException cause) {
            path.append('.').append(cause.key());
        }
        final String key = path.toString();
        final String reason = WrongValue.reason(e);
        if (origins.containsKey(key)) {
            final String value = YamlText.inline(at(key));
            return new ConfigException("invalid value " + value + " of " + key + " in " + origins.get(key) + ": " + reason, e);
        }
        return new ConfigException("invalid configuration of " + key + ": " + reason, e);
    }

    private static String reason(final IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is none";
            case AccessDeniedException denied -> "permission denied";
            case CharacterCodingException coding -> "it is not UTF-8";
            default -> String.valueOf(e.getMessage());
        };
    }

    /** What overrides the defaults; the order of calls does not matter. */
    public static final class Builder {
        private final List<Fragment> fragments;
        private final List<String> assignments = new ArrayList<>();
        private Set<String> otherVariables = Set.of();
        private Map<String, String> environment = Map.of();
        private Path file;

        private Builder(final List<Fragment> fragments) {
            this.fragments = fragments;
        }

        /** A YAML file; null for none. */
        public Builder file(final Path yamlFile) {
            this.file = yamlFile;
            return this;
        }

        /**
         * Environment variables; those that do not begin with {@code TRUENOW_} are passed over.
         *
         * @param others variables that begin so and mean something else.
         */
        public Builder environment(final Map<String, String> variables, final String... others) {
            this.environment = variables;
            this.otherVariables = Set.of(others);
            return this;
        }

        /** One {@code key=value} of the command line. */
        public Builder set(final String assignment) {
            assignments.add(assignment);
            return this;
        }

        /**
         * Merges.
         *
         * @throws ConfigException for an unknown key and a text that is not YAML.
         */
        public ConfigLoader load() {
            final ConfigLoader loader = new ConfigLoader(fragments);
            if (file != null) {
                loader.addFile(file);
            }
            loader.addEnvironment(environment, otherVariables);
            assignments.forEach(loader::addAssignment);
            return loader;
        }
    }
}
