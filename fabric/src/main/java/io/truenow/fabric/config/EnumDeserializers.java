package io.truenow.fabric.config;

import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.module.SimpleDeserializers;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Reads enums as keys are written: {@code shared-network} for {@code SHARED_NETWORK}, upper case or lower. */
final class EnumDeserializers extends SimpleDeserializers {
    private static final long serialVersionUID = 1L;

    @Override
    public ValueDeserializer<?> findEnumDeserializer(
        final JavaType type, final DeserializationConfig config, final BeanDescription.Supplier description) {
        final Class<?> enumType = type.getRawClass();
        return new TextDeserializer<Object>(enumType, text -> parse(enumType.getEnumConstants(), text));
    }

    private static Object parse(final Object[] constants, final String text) {
        final List<String> words = Arrays.stream(constants).map(EnumDeserializers::word).toList();
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
}
