package io.truenow.fabric.host;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HostTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::1", "[::1]", "::", "fd00::5", "::ffff:10.0.0.1", "localhost", "node-5.example.org",
        "control_0", "a", "node."})
    void takesNamesAndAddresses(final String host) {
        assertTrue(HostText.isHost(host));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "http://a", "10.0.0.1:80", "[10.0.0.1]", "[::1", "::1]", "[::1]:80", ":::", "fd00::g", "-a",
        "a-", "d\u00fc", "a/b", "user@a"})
    void refusesWhatIsNone(final String host) {
        assertFalse(HostText.isHost(host));
    }

    @Test
    void putsBracketsAroundAddressesOfIpv6() {
        assertEquals("10.0.0.1:80", HostText.endpoint("10.0.0.1", 80));
        assertEquals("[::1]:80", HostText.endpoint("::1", 80));
        assertEquals("[::1]:80", HostText.endpoint("[::1]", 80));
        assertEquals("::1", HostText.plain("[::1]"));
        assertEquals("localhost", HostText.plain("localhost"));
    }

    @Test
    void knowsWhatStandsForAllAddresses() {
        assertTrue(HostText.isWildcard("0.0.0.0"));
        assertTrue(HostText.isWildcard("::"));
        assertTrue(HostText.isWildcard("[::]"));
        assertTrue(HostText.isWildcard("0:0:0:0:0:0:0:0"));
        assertFalse(HostText.isWildcard("::1"));
        assertFalse(HostText.isWildcard("localhost"));
    }
}
