package io.truenow.fabric.catalog;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderEncoder;
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
class CatalogBuilderTest {
    private static final Namespace FIRST = new Namespace(1, "first", 11, true);
    private static final Namespace SECOND = new Namespace(2, "second", 12, false);
    private static final Table CLICKS = new Table(
        3, 1, "first", "clicks", 21, TableProperties.open(22), 23, 24, 25, 26, EventIdentity.ID_AND_TIME,
        List.of("country", "page", "device"), List.of("price", "count"), List.of(7, 8));
    private static final Table OTHER_CLICKS = new Table(
        4, 2, "second", "clicks", 1, TableProperties.open(2), 3, 4, 5, 6, EventIdentity.ID, List.of(), List.of(), List.of(9));
    private static final Table CLOSED = CLICKS.with(new TableProperties(22, true, "every click"));
    private static final Shard SHARD = new Shard(
        7, 3, 1, 31, List.of(new Owner(41, 1, OwnerState.ACTIVE), new Owner(42, 2, OwnerState.CATCHING_UP)));
    private static final ServiceInstance NODE = new ServiceInstance(
        41, ServiceKind.HOT_TIER, 51, 52, "node-1", 53, 54, 4, ServiceState.ACTIVE, 55, 56, ServiceLease.NONE);
    private static final ServiceInstance GATEWAY = new ServiceInstance(
        43, ServiceKind.GATEWAY, 61, 62, "gateway-1", 63, 64, 0, ServiceState.LAPSED, 65, 66, ServiceLease.NONE);

    private final CatalogBuilder builder = new CatalogBuilder();

    @Test
    void recordsAreReadBackAsTheyWere() {
        apply(everything());
        final Catalog catalog = builder.build(1, 2, 3);
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
        final Catalog catalog = builder.build(5);
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
        final Catalog before = builder.build(1);
        final Shard moved = new Shard(7, 3, 1, 32, List.of(new Owner(42, 0, OwnerState.ACTIVE)));
        apply(new FramedRecords().with(RecordKinds.SHARD, moved).bytes());
        assertEquals(moved, builder.build(2).shard(7));
        assertEquals(SHARD, before.shard(7));
    }

    @Test
    void aTombstoneRemovesByIdAndByName() {
        apply(everything());
        final Catalog before = builder.build(1);
        apply(new FramedRecords().without(RecordKinds.SHARD.templateId(), 7).without(RecordKinds.TABLE.templateId(), 3)
            .without(RecordKinds.TABLE.templateId(), 99).without(999, 4).bytes());
        final Catalog after = builder.build(2);
        assertNull(after.shard(7));
        assertNull(after.table(3));
        assertNull(after.table("first", "clicks"));
        assertEquals(OTHER_CLICKS, after.table("second", "clicks"));
        assertEquals(CLICKS, before.table("first", "clicks"));
        apply(new FramedRecords().with(RecordKinds.TABLE, CLICKS).bytes());
        assertEquals(CLICKS, builder.build(3).table("first", "clicks"));
    }

    /** What a control plane of the former version wrote into its log and its snapshots has no description and is open. */
    @Test
    void recordsOfTheFormerVersionAreRead() {
        final byte[] framed = new FramedRecords().with(RecordKinds.NAMESPACE, FIRST).bytes();
        final int headerAt = RecordFrames.HEADER_LENGTH;
        final UnsafeBuffer record = new UnsafeBuffer(framed);
        new MessageHeaderEncoder().wrap(record, headerAt).version(1);
        // the description's length, which that version did not write, stands behind what it reads
        assertEquals(FIRST, RecordKinds.NAMESPACE.decode(record, headerAt, id -> null));
        final UnsafeBuffer table = new UnsafeBuffer(new FramedRecords().with(RecordKinds.TABLE, CLOSED).bytes());
        new MessageHeaderEncoder().wrap(table, headerAt).version(1);
        assertEquals(TableProperties.open(22), RecordKinds.TABLE.decode(table, headerAt, id -> "first").properties());
        new MessageHeaderEncoder().wrap(table, headerAt).version(2);
        assertEquals(CLOSED, RecordKinds.TABLE.decode(table, headerAt, id -> "first"));
    }

    /** A service must follow a control plane of the next version while an upgrade rolls. */
    @Test
    void recordsOfALaterVersionArePassedOver() {
        apply(new FramedRecords()
            .unknown(0).unknown(5).with(RecordKinds.NAMESPACE, FIRST).unknown(8).with(RecordKinds.SHARD, SHARD).bytes());
        final Catalog catalog = builder.build(1);
        assertEquals(FIRST, catalog.namespace("first"));
        assertEquals(SHARD, catalog.shard(7));
    }

    @Test
    void whatIsNoFrameIsRefused() {
        final byte[] whole = new FramedRecords().with(RecordKinds.NAMESPACE, SECOND).bytes();
        final int recordLength = new UnsafeBuffer(whole).getInt(0, ByteOrder.LITTLE_ENDIAN);
        for (int length = 1; length < RecordFrames.HEADER_LENGTH + recordLength; length++) {
            final byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(IllegalArgumentException.class, () -> apply(cut), length + " bytes");
        }
        for (final int wrong : new int[] {-1, 0, 7, whole.length - RecordFrames.HEADER_LENGTH + 1, Integer.MAX_VALUE}) {
            final byte[] bytes = whole.clone();
            new UnsafeBuffer(bytes).putInt(0, wrong, ByteOrder.LITTLE_ENDIAN);
            assertThrows(IllegalArgumentException.class, () -> apply(bytes), "a length of " + wrong);
        }
        assertEquals(0, builder.build(1).namespaces().size());
    }

    @Test
    void aTableWithoutItsNamespaceIsRefused() {
        final byte[] records = new FramedRecords().with(RecordKinds.TABLE, CLICKS).with(RecordKinds.NAMESPACE, FIRST).bytes();
        assertThrows(IllegalArgumentException.class, () -> apply(records));
    }

    private static byte[] everything() {
        return new FramedRecords()
            .with(RecordKinds.NAMESPACE, FIRST)
            .with(RecordKinds.NAMESPACE, SECOND)
            .with(RecordKinds.TABLE, CLICKS)
            .with(RecordKinds.TABLE, OTHER_CLICKS)
            .with(RecordKinds.SHARD, SHARD)
            .with(RecordKinds.SERVICE, GATEWAY)
            .with(RecordKinds.SERVICE, NODE)
            .bytes();
    }

    /** At an offset, as in a message. */
    private void apply(final byte[] records) {
        final byte[] message = new byte[records.length + 16];
        System.arraycopy(records, 0, message, 16, records.length);
        builder.apply(new UnsafeBuffer(message), 16, records.length);
    }
}
