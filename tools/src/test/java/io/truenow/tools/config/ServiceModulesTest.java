package io.truenow.tools.config;

import io.truenow.codecs.StreamKind;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.service.ServiceModule;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What modules declare has to fit together in one process, and no module sees another. */
class ServiceModulesTest {
    private static List<Duty> duties() {
        final List<Duty> duties = new ArrayList<>(List.of(Duty.COORDINATION));
        ServiceModules.ALL.forEach(module -> duties.addAll(module.duties()));
        return duties;
    }

    @Test
    void eachHasANameAndDocumentedDefaults() {
        final Set<String> names = new TreeSet<>();
        for (final ServiceModule<?> module : ServiceModules.ALL) {
            assertTrue(names.add(module.name()), module.name());
            assertNotNull(module.getClass().getResource("/truenow/" + module.name() + ".yaml"), module.name());
        }
        assertEquals(1, ServiceModules.ALL.stream().filter(ServiceModule::isCatalogSource).count());
    }

    @Test
    void dutiesOnOneThreadAreAsUrgent() {
        final Set<String> names = new TreeSet<>();
        final Map<String, Boolean> urgencies = new HashMap<>();
        for (final Duty duty : duties()) {
            assertTrue(names.add(duty.name()), duty.name());
            final Boolean other = duty.thread() == null ? null : urgencies.putIfAbsent(duty.thread(), duty.isUrgent());
            assertTrue(other == null || other == duty.isUrgent(), duty.toString());
        }
        assertEquals(Set.of("coordination", "journal", "lane", "queries"), urgencies.keySet());
    }

    /** Whoever publishes to a stream rings one duty of one service. */
    @Test
    void eachKindOfStreamIsHeardByOne() {
        final Map<StreamKind, Duty> listeners = new HashMap<>();
        duties().forEach(duty -> duty.hears().forEach(kind -> assertNull(listeners.put(kind, duty), kind.name())));
        assertEquals(EnumSet.allOf(StreamKind.class), listeners.keySet());
    }
}
