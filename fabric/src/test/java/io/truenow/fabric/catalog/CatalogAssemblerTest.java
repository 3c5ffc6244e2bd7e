package io.truenow.fabric.catalog;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What is framed is read back whole; what is not a frame is refused. */
class CatalogAssemblerTest {
    private static final Namespace FIRST = new Namespace(1, "first", 11, true);
    private static final Namespace SECOND = new Namespace(2, "second", 12, false);
    private static final Table CLICKS = new Table(
        3, 1, "first", "clicks", 21, 22, 23, 24, 25, 26, EventIdentity.ID_AND_TIME,
        List.of("country", "page", "device"), List.of("price", "count"), List.of(7, 8));
    private static final Table OTHER_CLICKS = new Table(
        4, 2, "second", "clicks", 1, 2, 3, 4, 5, 6, EventIdentity.ID, List.of(), List.of(), List.of(9));
    private static final Shard SHARD = new Shard(
        7, 3, 1, 31, List.of(new Owner(41, 1, OwnerState.ACTIVE), new Owner(42, 2, OwnerState.CATCHING_UP)));
    private static final ServiceInstance NODE = new ServiceInstance(
        41, ServiceKind.HOT_TIER, 51, 52, "node-1", 53, 54, 4, ServiceState.ACTIVE, 55, 56);
    private static final ServiceInstance GATEWAY = new ServiceInstance(
        43, ServiceKind.GATEWAY, 61, 62, "gateway-1", 63, 64, 0, ServiceState.LAPSED, 65, 66);

    private final CatalogAssembler assembler = new CatalogAssembler();

    @Test
    void recordsAreReadBackAsTheyWere() {
        apply(everything());
        final Catalog catalog = assembler.build(1, 2, 3);
        assertEquals(1, catalog.idHigh());
        assertEquals(2, catalog.idLow());
        assertEquals(3, catalog.version());
        assertEquals(List.of(FIRST, SECOND), List.copyOf(catalog.namespaces().values()));
        assertEquals(List.of(CLICKS, OTHER_CLICKS), List.copyOf(catalog.tables().values()));
        assertEquals(List.of(SHARD), List.copyOf(catalog.shards().values()));
        assertEquals(List.of(NODE, GATEWAY), List.copyOf(catalog.services().values()));
    }

    @Test
    void thingsAreFoundByNameAndById() {
        apply(everything());
        final Catalog catalog = assembler.build(5);
        assertEquals(5, catalog.version());
        assertEquals(SECOND, catalog.namespace("second"));
        assertNull(catalog.namespace("third"));
        assertEquals(CLICKS, catalog.table("first", "clicks"));
        assertEquals(OTHER_CLICKS, catalog.table("second", "clicks"));
        assertNull(catalog.table("first", "views"));
        assertEquals(OTHER_CLICKS, catalog.table(4));
        assertNull(catalog.table(7));
        assertEquals(SHARD, catalog.shard(7));
        assertEquals(GATEWAY, catalog.service(43));
        assertEquals(List.of(NODE), List.copyOf(catalog.services(ServiceKind.HOT_TIER)));
        assertEquals(2, CLICKS.dimension("device"));
        assertEquals(-1, CLICKS.dimension("price"));
        assertEquals(1, CLICKS.metric("count"));
        assertEquals(-1, CLICKS.metric("country"));
        assertEquals(new Owner(42, 2, OwnerState.CATCHING_UP), SHARD.ownerOn(42));
        assertNull(SHARD.ownerOn(7));
    }

    @Test
    void aRecordReplacesTheOneOfItsIdAndACatalogThatWasBuiltStays() {
        apply(everything());
        final Catalog before = assembler.build(1);
        final Shard moved = new Shard(7, 3, 1, 32, List.of(new Owner(42, 0, OwnerState.ACTIVE)));
        apply(new FramedRecords().shard(moved).bytes());
        assertEquals(moved, assembler.build(2).shard(7));
        assertEquals(SHARD, before.shard(7));
        assembler.clear();
        final Catalog empty = assembler.build(3);
        assertEquals(0, empty.namespaces().size() + empty.tables().size() + empty.shards().size() + empty.services().size());
        assertEquals(2, before.tables().size());
    }

    /** A service must follow a control plane of the next version while an upgrade rolls. */
    @Test
    void recordsOfALaterVersionArePassedOver() {
        apply(new FramedRecords().unknown(0).unknown(5).namespace(FIRST).unknown(8).shard(SHARD).bytes());
        final Catalog catalog = assembler.build(1);
        assertEquals(FIRST, catalog.namespace("first"));
        assertEquals(SHARD, catalog.shard(7));
    }

    @Test
    void whatIsNoFrameIsRefused() {
        final byte[] whole = new FramedRecords().namespace(SECOND).bytes();
        final int recordLength = new UnsafeBuffer(whole).getInt(0, ByteOrder.LITTLE_ENDIAN);
        for (int length = 1; length < CatalogAssembler.FRAME_LENGTH + recordLength; length++) {
            final byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(IllegalArgumentException.class, () -> apply(cut), length + " bytes");
        }
        for (final int wrong : new int[] {-1, 0, 7, whole.length - CatalogAssembler.FRAME_LENGTH + 1, Integer.MAX_VALUE}) {
            final byte[] bytes = whole.clone();
            new UnsafeBuffer(bytes).putInt(0, wrong, ByteOrder.LITTLE_ENDIAN);
            assertThrows(IllegalArgumentException.class, () -> apply(bytes), "a length of " + wrong);
        }
        assertEquals(0, assembler.build(1).namespaces().size());
    }

    /** A record may end where the message does: the padding behind the last one need not be there. */
    @Test
    void theLastRecordNeedsNoPadding() {
        final byte[] whole = new FramedRecords().namespace(SECOND).bytes();
        final int recordLength = new UnsafeBuffer(whole).getInt(0, ByteOrder.LITTLE_ENDIAN);
        apply(Arrays.copyOf(whole, CatalogAssembler.FRAME_LENGTH + recordLength));
        assertEquals(SECOND, assembler.build(1).namespace("second"));
    }

    @Test
    void aTableWithoutItsNamespaceIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> apply(new FramedRecords().table(CLICKS).namespace(FIRST).bytes()));
    }

    private static byte[] everything() {
        return new FramedRecords()
            .namespace(FIRST).namespace(SECOND).table(CLICKS).table(OTHER_CLICKS).shard(SHARD).service(GATEWAY).service(NODE).bytes();
    }

    /** At an offset, as in a message. */
    private void apply(final byte[] records) {
        final byte[] message = new byte[records.length + 16];
        System.arraycopy(records, 0, message, 16, records.length);
        assembler.apply(new UnsafeBuffer(message), 16, records.length);
    }
}
