package io.truenow.tools.process;

import io.truenow.fabric.service.ServiceModule;
import io.truenow.tools.config.ServiceModules;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** What a process is started as: all services, one of them, or a media driver for others. Immutable. */
public final class Role {
    /** Every service and the media driver, for a laptop or a small host. */
    public static final Role STANDALONE = new Role("standalone", ServiceModules.ALL);
    /** The media driver of role processes. */
    public static final Role MEDIA_DRIVER = new Role("media-driver", List.of());

    private static final List<Role> ALL = all();

    private final String text;
    private final List<ServiceModule<?>> services;

    private Role(final String text, final List<ServiceModule<?>> services) {
        this.text = text;
        this.services = services;
    }

    /** Those that there are. */
    static List<Role> values() {
        return ALL;
    }

    /** Of one service. */
    static Role of(final ServiceModule<?> module) {
        return parse(module.name());
    }

    /** As the command line and directories name it. */
    public String text() {
        return text;
    }

    /** Services that a process of this role runs, in the order of their launch. */
    public List<ServiceModule<?>> services() {
        return services;
    }

    /** Whether a process of this role runs a media driver without being told so; others never start one unasked. */
    boolean hasDriver() {
        return this == STANDALONE || this == MEDIA_DRIVER;
    }

    /** Reads {@link #text}. */
    public static Role parse(final String text) {
        for (final Role role : ALL) {
            if (role.text.equals(text)) {
                return role;
            }
        }
        final List<String> names = ALL.stream().map(Role::text).toList();
        throw new IllegalArgumentException("no role '" + text + "': "
            + names.subList(0, names.size() - 1).stream().collect(Collectors.joining(", ")) + " or " + names.getLast());
    }

    @Override
    public String toString() {
        return text;
    }

    private static List<Role> all() {
        final List<Role> roles = new ArrayList<>();
        roles.add(STANDALONE);
        ServiceModules.ALL.forEach(module -> roles.add(new Role(module.name(), List.of(module))));
        roles.add(MEDIA_DRIVER);
        return List.copyOf(roles);
    }

    /** Their names, for the command line's help. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(Role::text).iterator();
        }
    }
}
