package io.truenow.fabric.config;

import io.truenow.fabric.process.PathEncoding;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.module.SimpleDeserializers;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Reads what keys have as values beside numbers, words and lists, in the forms that people write: {@code 64MiB}, {@code 250ms}, paths as
 * they are, and enums as keys are written, {@code shared-network} for {@code SHARED_NETWORK}, upper case or lower.
 */
final class ValueDeserializers extends SimpleDeserializers {
    private static final long serialVersionUID = 1L;

    ValueDeserializers() {
        addDeserializer(ByteSize.class, new TextDeserializer<>(ByteSize.class, ByteSize::parse));
        addDeserializer(Duration.class, new TextDeserializer<>(Duration.class, DurationText::parse));
        addDeserializer(Path.class, new TextDeserializer<>(Path.class, ValueDeserializers::path));
    }

    @Override
    public ValueDeserializer<?> findEnumDeserializer(
        final JavaType type, final DeserializationConfig config, final BeanDescription.Supplier description) {
        final Class<?> enumType = type.getRawClass();
        return new TextDeserializer<Object>(enumType, text -> parse(enumType.getEnumConstants(), text));
    }

    private static Object parse(final Object[] constants, final String text) {
        final List<String> words = Arrays.stream(constants).map(ValueDeserializers::word).toList();
        final int index = words.indexOf(text.strip().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (index < 0) {
            final int last = words.size() - 1;
            throw new IllegalArgumentException("must be " + String.join(", ", words.subList(0, last)) + " or " + words.get(last));
        }
        return constants[index];
    }

    private static String word(final Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Path path(final String text) {
        final String whyNot = PathEncoding.whyUnusable(text);
        if (whyNot != null) {
            throw new IllegalArgumentException("it " + whyNot);
        }
        try {
            return Path.of(text);
        } catch (final InvalidPathException e) {
            throw new IllegalArgumentException("not a path", e);
        }
    }
}
