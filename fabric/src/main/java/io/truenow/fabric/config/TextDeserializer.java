package io.truenow.fabric.config;

import tools.jackson.core.JsonParser;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;

import java.util.function.Function;

/** Reads a scalar's text; what the function refuses by an {@link IllegalArgumentException} is told in its words. */
final class TextDeserializer<T> extends StdDeserializer<T> {
    private final Function<String, T> parse;

    TextDeserializer(final Class<?> type, final Function<String, T> parse) {
        super(type);
        this.parse = parse;
    }

    @Override
    public T deserialize(final JsonParser parser, final DeserializationContext context) {
        final String text = parser.getValueAsString();
        try {
            if (text == null) {
                throw new IllegalArgumentException("not a single value");
            }
            return parse.apply(text);
        } catch (final IllegalArgumentException | ArithmeticException e) {
            throw DatabindException.from(parser, e.getMessage(), e);
        }
    }
}
