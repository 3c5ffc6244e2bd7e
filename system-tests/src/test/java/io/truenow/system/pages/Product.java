package io.truenow.system.pages;

import io.truenow.fabric.service.ServiceModule;
import io.truenow.tools.config.ServiceModules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the product's sources say of its names: the sources of services and tools, not of tests and benches. Stateless. */
final class Product {
    private static final List<String> MODULES = List.of(
        "codecs", "fabric", "media-driver", "format", "client", "control", "engine", "hot-tier-node", "gateway", "query-node", "tools");
    private static final List<String> SECTIONS = Stream.concat(
        Stream.of("process", "driver"), ServiceModules.ALL.stream().map(ServiceModule::name)).toList();
    /** Two literals that are joined, over a line's end. */
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9]*(?:_[a-z0-9]+)*");
    private static final Pattern CONSTANT = Pattern.compile("\\b[A-Z]+(?:_[A-Z0-9]+)+\\b");
    private static final Pattern KEY_LINE = Pattern.compile("  ([a-z][a-z-]*):.*");
    private static final String COMMENT = "  # ";
    private Product() {
    }

    /** Configuration keys with the first sentence of their explanation. */
    static TreeMap<String, String> keys(final Path root) throws IOException {
        final TreeMap<String, String> keys = new TreeMap<>();
        for (final String section : SECTIONS) {
            final StringBuilder comment = new StringBuilder();
            for (final String line : Files.readAllLines(resource(root, section + ".yaml"))) {
                final Matcher key = KEY_LINE.matcher(line);
                if (line.startsWith(COMMENT)) {
                    comment.append(comment.isEmpty() ? "" : " ").append(line.substring(COMMENT.length()).strip());
                } else if (key.matches()) {
                    keys.put(section + '.' + key.group(1), comment.toString());
                    comment.setLength(0);
                }
            }
        }
        return keys;
    }

    /** All that could be a name: literals, words in literals, and constants in lower case. */
    static Set<String> words(final Path root) {
        final Set<String> words = new TreeSet<>();
        for (final String source : sources(root)) {
            final Matcher literal = LITERAL.matcher(source);
            while (literal.find()) {
                final Matcher word = WORD.matcher(literal.group(1));
                while (word.find()) {
                    words.add(word.group());
                }
            }
            final Matcher constant = CONSTANT.matcher(source);
            while (constant.find()) {
                words.add(constant.group().toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }

    /** All literals, those that are joined as one, and the launcher. */
    static String messages(final Path root) throws IOException {
        final StringBuilder text = new StringBuilder(Files.readString(root.resolve("truenow")));
        for (final String source : sources(root)) {
            final Matcher literal = LITERAL.matcher(JOINED.matcher(source).replaceAll(""));
            while (literal.find()) {
                text.append('\n').append(literal.group(1));
            }
        }
        return text.toString();
    }

    private static List<String> sources(final Path root) {
        final List<String> sources = new ArrayList<>();
        MODULES.forEach(module -> sources.addAll(sources(root, module)));
        return sources;
    }

    private static List<String> sources(final Path root, final String module) {
        final List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main"))) {
            for (final Path file : files.filter(path -> path.toString().matches(".*\\.(java|xml)")).toList()) {
                sources.add(Files.readString(file));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return sources;
    }

    private static Path resource(final Path root, final String name) {
        return MODULES.stream().map(module -> root.resolve(module).resolve("src/main/resources/truenow").resolve(name))
            .filter(Files::exists).findFirst().orElseThrow();
    }
}
