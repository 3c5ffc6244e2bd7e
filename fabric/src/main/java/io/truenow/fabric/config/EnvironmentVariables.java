package io.truenow.fabric.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Finds the keys among environment variables. A variable beside them is nobody's business here: container platforms set some for each
 * service ({@code TRUENOW_PORT=tcp://..}, {@code TRUENOW_GATEWAY_SERVICE_HOST} beside services named {@code truenow} and
 * {@code truenow-gateway}), images and shells others. One that is so near to a key's that it may have been meant gets a warning. An address
 * such as {@code tcp://10.0.0.7:8088} is the platform's even in a key's variable, as beside a service {@code truenow-gateway-http}: no key
 * takes one.
 */
final class EnvironmentVariables {
    static final String PREFIX = "TRUENOW_";
    private static final Pattern PLATFORM_NAME = Pattern.compile(
        "TRUENOW_(?:.*_)?(?:SERVICE_(?:HOST|PORT)(?:_.*)?|PORT_\\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");
    private static final Pattern PLATFORM_VALUE = Pattern.compile("(?:tcp|udp|sctp)://.*");

    private final Map<String, String> keyByVariable = new HashMap<>();
    private final List<String> sections;
    private final List<String> warnings = new ArrayList<>();

    /**
     * Variables of these keys.
     *
     * @param sections a variable that begins with one is meant for us.
     */
    EnvironmentVariables(final Collection<String> keys, final Collection<String> sections) {
        this.sections = sections.stream().map(section -> ConfigLoader.environmentVariable(section) + '_').toList();
        for (final String key : keys) {
            final String former = keyByVariable.put(ConfigLoader.environmentVariable(key), key);
            if (former != null) {
                throw new IllegalStateException(former + " and " + key + " have the same environment variable");
            }
        }
    }

    /**
     * Hands each variable that sets a key to {@code onVariable}, in the order of names.
     *
     * @param others variables that begin as ours do and are read elsewhere.
     */
    void read(final Map<String, String> environment, final Set<String> others, final BiConsumer<String, String> onVariable) {
        new TreeMap<>(environment).forEach((variable, text) -> {
            if (!variable.startsWith(PREFIX) || others.contains(variable)) {
                return;
            }
            final boolean isKey = keyByVariable.containsKey(variable);
            if (PLATFORM_VALUE.matcher(text).matches()) {
                if (isKey) {
                    warnings.add("environment variable " + variable + '=' + text + " is taken for a container platform's; it does not set "
                        + keyByVariable.get(variable));
                }
            } else if (isKey) {
                onVariable.accept(variable, text);
            } else if (!PLATFORM_NAME.matcher(variable).matches()) {
                warnIfNear(variable, others);
            }
        });
    }

    /** The key that a variable sets. */
    String keyOf(final String variable) {
        return keyByVariable.get(variable);
    }

    /** One line for each variable that somebody may have mistaken. */
    List<String> warnings() {
        return warnings;
    }

    private void warnIfNear(final String variable, final Set<String> others) {
        final List<String> known = new ArrayList<>(keyByVariable.keySet());
        known.addAll(others);
        final boolean isMeant = sections.stream().anyMatch(variable::startsWith);
        final String nearest = isMeant ? Nearest.of(variable, known) : Nearest.ifNear(variable, known);
        if (nearest != null) {
            warnings.add("environment variable " + variable + " sets nothing; did you mean " + nearest + '?');
        }
    }
}
