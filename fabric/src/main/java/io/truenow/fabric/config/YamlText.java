package io.truenow.fabric.config;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.util.regex.Pattern;

/** YAML text to trees, and values to one line of YAML. */
final class YamlText {
    private static final YAMLMapper YAML = YAMLMapper.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/][A-Za-z0-9 ._/+-]*");

    private YamlText() {
    }

    /** An object; empty for a text that holds nothing but comments. */
    static ObjectNode parse(final String text, final String origin) {
        final JsonNode tree = parseValue(text, origin);
        if (tree.isNull() || tree.isMissingNode()) {
            return YAML.createObjectNode();
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw new ConfigException(origin + ": not a mapping of sections");
    }

    /** Any value. */
    static JsonNode parseValue(final String text, final String origin) {
        try {
            return YAML.readTree(text);
        } catch (final JacksonException e) {
            final String where = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new ConfigException(origin + where + ": not YAML: " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        }
    }

    /** On one line: JSON is YAML, and plain words need no quotes. */
    static String inline(final JsonNode value) {
        final boolean isPlain = value.isString() && PLAIN.matcher(value.stringValue()).matches()
            && !value.stringValue().endsWith(" ") && YAML.readTree(value.stringValue()).isString();
        return isPlain ? value.stringValue() : JSON.writeValueAsString(value);
    }
}
