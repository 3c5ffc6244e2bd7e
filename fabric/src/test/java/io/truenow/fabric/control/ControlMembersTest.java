package io.truenow.fabric.control;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ControlMembersTest {
    @Test
    void readsNamesAndAddressesOfBothKinds() {
        final ControlMembers members = ControlMembers.parse(List.of("10.0.0.5:8010", "[fd00::5]:8010", "control-2:9000"));
        assertEquals("0=10.0.0.5:8010,1=[fd00::5]:8010,2=control-2:9000", members.ingressEndpoints());
        assertEquals(List.of("10.0.0.5:8015", "[fd00::5]:8015", "control-2:9005"), members.catalogEndpoints());
        assertTrue(members.clusterMembers().contains("|1,[fd00::5]:8010,[fd00::5]:8011,[fd00::5]:8012,[fd00::5]:8013,[fd00::5]:8014|"));
    }

    @Test
    void takesThePortsThatLeaveRoom() {
        final ControlMembers.Member last = ControlMembers.parse(List.of("10.0.0.5:65530")).members().getFirst();
        assertEquals("10.0.0.5:65530", last.ingress());
        assertEquals("10.0.0.5:65534", last.archive());
        assertEquals("10.0.0.5:65535", last.catalog());
        assertEquals("10.0.0.5:1", ControlMembers.parse(List.of("10.0.0.5:1")).members().getFirst().ingress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":8010", "10.0.0.5", "10.0.0.5:", "10.0.0.5:x", "10.0.0.5:0", "10.0.0.5:65531", "10.0.0.5:-1",
        "fd00::5:8010", "::1", "0.0.0.0:8010", "[::]:8010", "a b:8010", "http://a:8010"})
    void refusesWhatNobodyReaches(final String address) {
        final String message =
            assertThrows(IllegalArgumentException.class, () -> ControlMembers.parse(List.of(address))).getMessage();
        assertTrue(message.startsWith("'" + address + "' is not an address that others reach, such as "), message);
    }

    @Test
    void refusesOtherNumbers() {
        assertEquals("1, 3 or 5 members are possible, not 0",
            assertThrows(IllegalArgumentException.class, () -> ControlMembers.parse(List.of())).getMessage());
        assertThrows(IllegalArgumentException.class, () -> ControlMembers.parse(List.of("a:1", "b:1")));
    }
}
