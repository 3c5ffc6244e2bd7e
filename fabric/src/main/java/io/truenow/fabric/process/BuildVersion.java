package io.truenow.fabric.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that this program was built as. */
public final class BuildVersion {
    private static final String CURRENT = read();

    private BuildVersion() {
    }

    /** Such as {@code 0.1.0}. */
    public static String current() {
        return CURRENT;
    }

    private static String read() {
        try (InputStream resource = BuildVersion.class.getResourceAsStream("/truenow/build.properties")) {
            final Properties properties = new Properties();
            properties.load(resource);
            return properties.getProperty("version");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
