package io.truenow.fabric.access;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who asks. Immutable.
 *
 * @param name        as logs and answers call it.
 * @param isAnonymous whether it has not said who it is.
 * @param accesses    what it may do beside what is {@link Access#PUBLIC}.
 */
public record Principal(String name, boolean isAnonymous, Set<Access> accesses) {
    /** Somebody who has not said who they are, and may do everything, as long as a service knows no keys. */
    public static final Principal ANONYMOUS = anonymous(EnumSet.allOf(Access.class));

    public Principal {
        accesses = Set.copyOf(accesses);
    }

    /** Somebody who has not said who they are. */
    public static Principal anonymous(final Set<Access> accesses) {
        return new Principal("anonymous", true, accesses);
    }

    /** Somebody who is known. */
    public static Principal known(final String name, final Set<Access> accesses) {
        return new Principal(name, false, accesses);
    }

    /** Whether it may do that. */
    public boolean may(final Access access) {
        return access == Access.PUBLIC || accesses.contains(access);
    }
}
