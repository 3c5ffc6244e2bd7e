package io.truenow.tools.process;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a role on the command line. */
final class RoleConverter implements ITypeConverter<Role> {
    @Override
    public Role convert(final String text) {
        try {
            return Role.parse(text);
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
