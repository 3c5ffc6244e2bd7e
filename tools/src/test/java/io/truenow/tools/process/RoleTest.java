package io.truenow.tools.process;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a process is started as, by the names that people type. */
class RoleTest {
    @Test
    void rolesAreReadByTheirNames() {
        assertEquals(List.of("standalone", "control", "hot-tier", "gateway", "query", "media-driver"),
            Stream.of(Role.values()).map(Role::text).toList());
        for (final Role role : Role.values()) {
            assertSame(role, Role.parse(role.text()));
            assertSame(role, new RoleConverter().convert(role.text()));
        }
        for (final String wrong : List.of("", "HOT_TIER", "hot_tier", "Gateway", "all")) {
            final String message = assertThrows(TypeConversionException.class, () -> new RoleConverter().convert(wrong)).getMessage();
            assertTrue(message.startsWith("no role '" + wrong + "': standalone, control, "), message);
        }
    }

    @Test
    void aProcessRunsItsServiceAndAStandaloneOneAllOfThem() {
        final Set<Role> services = EnumSet.of(Role.CONTROL, Role.HOT_TIER, Role.GATEWAY, Role.QUERY);
        for (final Role role : Role.values()) {
            for (final Role service : services) {
                assertEquals(role == service || role == Role.STANDALONE, role.runs(service), role + " runs " + service);
            }
        }
    }
}
