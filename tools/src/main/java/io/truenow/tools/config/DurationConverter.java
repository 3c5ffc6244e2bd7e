package io.truenow.tools.config;

import io.truenow.fabric.config.DurationText;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

/** Reads a time as the configuration has it, such as {@code 250ms} or {@code 6h}. */
public final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(final String text) {
        try {
            return DurationText.parse(text);
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException("'" + text + "' is " + e.getMessage());
        }
    }
}
