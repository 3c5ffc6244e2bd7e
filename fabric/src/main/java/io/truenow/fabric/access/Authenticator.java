package io.truenow.fabric.access;

/** Says who a caller is. Asked by every edge, on its own thread, for each request or connection: it must not block. Any thread. */
@FunctionalInterface
public interface Authenticator {
    /** Takes everybody for {@link Principal#ANONYMOUS}. */
    Authenticator ANYBODY = credentials -> Principal.ANONYMOUS;

    /**
     * Looks at what a caller shows.
     *
     * @param credentials of HTTP the header {@code Authorization}; null if the caller shows nothing.
     * @return who it is, or null if the credentials are not valid.
     */
    Principal authenticate(String credentials);
}
