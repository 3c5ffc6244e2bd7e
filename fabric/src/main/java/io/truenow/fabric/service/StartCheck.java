package io.truenow.fabric.service;

import java.nio.file.Path;

/** What a module may ask before its service is launched. */
public interface StartCheck {
    /** Of the process, as it is configured. */
    Path dataDirectory();

    /** Whether nobody has set the configuration's key. */
    boolean isDefault(String key);

    /** Tells a person of what may fail later, in one line. */
    void warn(String line);

    /**
     * Looks whether this machine has the address.
     *
     * @param key  of the configuration, told with what is wrong.
     * @param host name or address.
     * @throws IllegalStateException with one line of what would be right.
     */
    void requireOwnHost(String key, String host);
}
