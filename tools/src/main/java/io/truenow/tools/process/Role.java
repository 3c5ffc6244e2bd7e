package io.truenow.tools.process;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a process is started as. */
public enum Role {
    /** Every service and the media driver, for a laptop or a small host. */
    STANDALONE,
    CONTROL,
    HOT_TIER,
    GATEWAY,
    QUERY,
    MEDIA_DRIVER;

    private static final Set<Role> SERVICES = EnumSet.of(CONTROL, HOT_TIER, GATEWAY, QUERY);

    /** As the command line and directories name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads {@link #text}. */
    public static Role parse(final String text) {
        for (final Role role : values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no role '" + text + "': standalone, control, gateway, hot-tier, query or media-driver");
    }

    /** Whether a process of this role runs that service. */
    public boolean runs(final Role service) {
        return this == service || this == STANDALONE && SERVICES.contains(service);
    }
}
