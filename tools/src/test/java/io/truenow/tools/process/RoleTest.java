package io.truenow.tools.process;

import io.truenow.fabric.service.ServiceModule;
import io.truenow.tools.config.ServiceModules;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What a process is started as, by the names that people type. */
class RoleTest {
    @Test
    void rolesAreReadByTheirNames() {
        assertEquals(List.of("standalone", "control", "hot-tier", "gateway", "query", "media-driver"),
            Role.values().stream().map(Role::text).toList());
        for (final Role role : Role.values()) {
            assertSame(role, Role.parse(role.text()));
            assertSame(role, new RoleConverter().convert(role.text()));
        }
        for (final String wrong : List.of("", "HOT_TIER", "hot_tier", "Gateway", "all")) {
            final String message = assertThrows(TypeConversionException.class, () -> new RoleConverter().convert(wrong)).getMessage();
            assertEquals("no role '" + wrong + "': standalone, control, hot-tier, gateway, query or media-driver", message);
        }
    }

    @Test
    void aProcessRunsItsServiceAndAStandaloneOneAllOfThem() {
        for (final Role role : Role.values()) {
            for (final ServiceModule<?> service : ServiceModules.ALL) {
                assertEquals(role == Role.of(service) || role == Role.STANDALONE, role.services().contains(service),
                    role + " runs " + service.name());
            }
            assertEquals(role == Role.STANDALONE || role == Role.MEDIA_DRIVER, role.hasDriver(), role.text());
        }
    }
}
