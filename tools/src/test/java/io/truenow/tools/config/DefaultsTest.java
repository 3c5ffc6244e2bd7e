package io.truenow.tools.config;

import io.truenow.driver.DriverConfig;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.http.limits.HttpLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The defaults that operators rely on, key by key, as the services get them. A new key needs a line in {@code defaults.txt}; a changed one
 * needs a reason, and a line in the change log.
 */
class DefaultsTest {
    private static final Map<String, Class<? extends Record>> SECTIONS = sections();

    @Test
    void areWhatTheyWere() throws Exception {
        final ConfigLoader config = loader().load();
        final Map<String, String> actual = new TreeMap<>();
        for (final Map.Entry<String, Class<? extends Record>> section : SECTIONS.entrySet()) {
            final Record bound = config.bind(section.getKey(), section.getValue());
            for (final RecordComponent component : section.getValue().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                actual.put(section.getKey() + '.' + kebab(component.getName()), String.valueOf(component.getAccessor().invoke(bound)));
            }
        }
        assertEquals(text(documented()), text(actual));
    }

    /** What {@code truenow config} prints, given back as a file, is what is bound without one. */
    @Test
    void areWhatTheCommandPrints(@TempDir final Path directory) throws IOException {
        final ConfigLoader defaults = loader().load();
        final Path printed = Files.writeString(directory.resolve("printed.yaml"), defaults.renderDocumented());
        final ConfigLoader again = loader().file(printed).load();
        SECTIONS.forEach((section, type) -> assertEquals(defaults.bind(section, type), again.bind(section, type)));
    }

    private static Map<String, Class<? extends Record>> sections() {
        final Map<String, Class<? extends Record>> sections = new LinkedHashMap<>(
            Map.of("process", ProcessConfig.class, "driver", DriverConfig.class, "http", HttpLimits.class));
        ServiceModules.ALL.forEach(module -> sections.put(module.name(), module.configType()));
        return sections;
    }

    private static ConfigLoader.Builder loader() {
        return ConfigLoader.ofSections(SECTIONS.keySet().toArray(String[]::new)).environment(Map.of());
    }

    private static Map<String, String> documented() throws IOException {
        final Map<String, String> defaults = new LinkedHashMap<>();
        try (InputStream in = DefaultsTest.class.getResourceAsStream("defaults.txt")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#") && !line.isBlank())
                .forEach(line -> defaults.put(line.substring(0, line.indexOf('=')).strip(), line.substring(line.indexOf('=') + 1).strip()));
        }
        return new TreeMap<>(defaults);
    }

    private static String text(final Map<String, String> values) {
        final StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private static String kebab(final String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
