package io.truenow.fabric.config;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One section's defaults, from the class path: {@code truenow/<section>.yaml}, in which the section's name is the only top-level key. To be
 * printed with other values and its own comments it keeps to a plain form, checked here: one key a line, two blanks of indentation, lists
 * and open maps in brackets, a comment above every key.
 */
final class Fragment {
    private static final Pattern KEY_LINE = Pattern.compile("( *)([a-z0-9-]+):( .*)?");

    private final String section;
    private final List<String> lines;
    /** Path of a leaf, such as {@code gateway.http-port}, to the index of its line. */
    private final Map<String, Integer> lineByLeaf = new LinkedHashMap<>();
    private final ObjectNode defaults;

    private Fragment(final String section, final String text) {
        this.section = section;
        this.lines = text.lines().toList();
        this.defaults = YamlText.parse(text, "the defaults of " + section);
        indexLines();
        check();
    }

    static Fragment load(final String section) {
        final String resource = "/truenow/" + section + ".yaml";
        try (InputStream in = Fragment.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no " + resource + " on the class path");
            }
            return new Fragment(section, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String section() {
        return section;
    }

    /** Paths of all leaves, in the order of the file. */
    Iterable<String> leaves() {
        return lineByLeaf.keySet();
    }

    /** A tree with the section as its only member. */
    ObjectNode defaults() {
        return defaults;
    }

    /** The text with other values. */
    String render(final Map<String, JsonNode> overrides) {
        final List<String> rendered = new ArrayList<>(lines);
        overrides.forEach((path, value) -> {
            final Integer line = lineByLeaf.get(path);
            if (line != null) {
                final String original = lines.get(line);
                final String text = value.isNull() ? "" : ' ' + YamlText.inline(value);
                rendered.set(line, original.substring(0, original.indexOf(':') + 1) + text);
            }
        });
        return String.join("\n", rendered) + '\n';
    }

    private void indexLines() {
        final List<String> path = new ArrayList<>();
        boolean isDocumented = false;
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            if (line.isBlank()) {
                isDocumented = false;
                continue;
            }
            if (line.strip().startsWith("#")) {
                isDocumented = true;
                continue;
            }
            final Matcher matcher = KEY_LINE.matcher(line);
            if (!matcher.matches() || matcher.group(1).length() % 2 != 0) {
                throw new IllegalStateException("defaults of " + section + ", line " + (i + 1) + ": not a plain key: " + line);
            }
            if (!isDocumented) {
                throw new IllegalStateException("defaults of " + section + ", line " + (i + 1) + ": no comment above it: " + line);
            }
            isDocumented = false;
            final int depth = matcher.group(1).length() / 2;
            while (path.size() > depth) {
                path.removeLast();
            }
            path.add(matcher.group(2));
            // a key without a value is a leaf that nobody has set, unless keys follow below it
            if (matcher.group(3) != null || !defaults.at('/' + String.join("/", path)).isObject()) {
                lineByLeaf.put(String.join(".", path), i);
            }
        }
    }

    private void check() {
        if (defaults.size() != 1 || !defaults.has(section)) {
            throw new IllegalStateException("defaults of " + section + ": the only top-level key is " + section);
        }
        for (final String leaf : lineByLeaf.keySet()) {
            if (defaults.at('/' + leaf.replace('.', '/')).isMissingNode()) {
                throw new IllegalStateException("defaults of " + section + ": indentation of " + leaf);
            }
        }
    }
}
