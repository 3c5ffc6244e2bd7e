package io.truenow.codecs;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** On {@code aeron:ipc} every subscriber of an id hears every publisher: two streams of one id would read each other's messages. */
class StreamIdsTest {
    private static final int LAST_SERVICE = 2_000_000;
    private static final int FIRST_SERVICE_STREAM = 1_000_000;

    @Test
    void noTwoStreamsShareAnId() {
        final Map<Integer, String> taken = new HashMap<>();
        take(taken, StreamIds.CATALOG_REQUEST, "catalog request");
        take(taken, StreamIds.CATALOG_UPDATE, "catalog update");
        take(taken, StreamIds.edge(), "edge");
        final int[] services = {1, 2, 3, 4, 9, 10, 11, 99, 100, 101, 999, 1_000, 1_001, 9_999, 10_000, LAST_SERVICE - 1, LAST_SERVICE};
        for (final int service : services) {
            takeAllOf(taken, service);
        }
        assertEquals(3 + services.length * (2 * StreamIds.MAX_LANES + 2), taken.size());
    }

    @Test
    void streamsOfServicesStartWhereTheFixedOnesEnd() {
        assertTrue(StreamIds.CATALOG_REQUEST >= 1 && StreamIds.CATALOG_REQUEST < 100);
        assertTrue(StreamIds.CATALOG_UPDATE >= 1 && StreamIds.CATALOG_UPDATE < 100);
        assertTrue(StreamIds.ingest(0, 0) >= FIRST_SERVICE_STREAM);
        assertTrue(StreamIds.edge() >= FIRST_SERVICE_STREAM);
        // beyond an int the last services would come out negative
        assertTrue(StreamIds.queryInbox(LAST_SERVICE) > StreamIds.queryInbox(LAST_SERVICE - 1));
    }

    @Test
    void theIdsAreWhatOtherProcessesExpect() {
        // processes of two versions talk to each other: a changed id is a stream that nobody hears
        assertEquals(1_007_003, StreamIds.ingest(7, 3));
        assertEquals(1_007_103, StreamIds.query(7, 3));
        assertEquals(1_007_200, StreamIds.gatewayInbox(7));
        assertEquals(1_007_300, StreamIds.queryInbox(7));
        assertEquals(1_000_400, StreamIds.edge());
        assertEquals(10, StreamIds.CATALOG_REQUEST);
        assertEquals(11, StreamIds.CATALOG_UPDATE);
        assertEquals(7_000, CounterTypeIds.PROCESS_METRIC);
    }

    @Test
    void refusesWhatWouldRunIntoTheNeighbour() {
        StreamIds.ingest(0, StreamIds.MAX_LANES - 1);
        assertThrows(IllegalArgumentException.class, () -> StreamIds.ingest(1, StreamIds.MAX_LANES));
        assertThrows(IllegalArgumentException.class, () -> StreamIds.query(1, -1));
        assertThrows(IllegalArgumentException.class, () -> StreamIds.gatewayInbox(-1));
        assertThrows(IllegalArgumentException.class, () -> StreamIds.queryInbox(LAST_SERVICE + 1));
    }

    private static void takeAllOf(final Map<Integer, String> taken, final int service) {
        for (int lane = 0; lane < StreamIds.MAX_LANES; lane++) {
            take(taken, StreamIds.ingest(service, lane), "ingest of service " + service + ", lane " + lane);
            take(taken, StreamIds.query(service, lane), "query of service " + service + ", lane " + lane);
        }
        take(taken, StreamIds.gatewayInbox(service), "gateway inbox of service " + service);
        take(taken, StreamIds.queryInbox(service), "query inbox of service " + service);
    }

    private static void take(final Map<Integer, String> taken, final int id, final String name) {
        final String other = taken.put(id, name);
        assertNull(other, () -> name + " has the id " + id + " of " + other);
    }
}
