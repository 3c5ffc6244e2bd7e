package io.truenow.control.publication;

import io.truenow.codecs.control.CreateNamespaceEncoder;
import io.truenow.codecs.control.DropTableEncoder;
import io.truenow.codecs.control.EnsureTableEncoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.control.state.CatalogChange;
import io.truenow.control.state.CatalogStateMachine;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.testing.Seeds;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a view is sent adds up to the state machine's catalog, from whatever version it starts. */
class CatalogMirrorTest {
    private static final int MAX_PART_BYTES = 2_048;

    private final List<CatalogChange> changes = new ArrayList<>();
    private final CatalogStateMachine stateMachine = new CatalogStateMachine(changes::add);
    private final CatalogMirror mirror = new CatalogMirror(MAX_PART_BYTES);
    private long sequence;
    private int applied;

    @Test
    void deltasAndSnapshotsLeadToTheSameCatalog() {
        final RandomGenerator random = Seeds.random("CatalogMirrorTest");
        assertEquals(-1, mirror.version());
        stateMachine.onLeadershipTerm(1, 42);
        for (int i = 0; i < 200; i++) {
            if (random.nextInt(4) == 0) {
                createNamespace("n" + random.nextInt(30));
            } else {
                ensureTable("n" + random.nextInt(30), "t" + random.nextInt(20), "d" + random.nextInt(40));
            }
            applyAll();
            assertEquals(stateMachine.version(), mirror.version());
            assertEquals(stateMachine.whole().catalogIdHigh(), mirror.catalogIdHigh());
            assertEquals(stateMachine.whole().catalogIdLow(), mirror.catalogIdLow());
        }
        final Catalog expected = assembled(List.of(stateMachine.whole().records()));
        final List<byte[]> parts = mirror.snapshotParts();
        assertTrue(parts.size() > 3);
        assertTrue(parts.stream().allMatch(part -> part.length > 0 && part.length <= MAX_PART_BYTES));
        assertSame(expected, assembled(parts));
        // from each version on, change by change
        final List<byte[]> whole = new ArrayList<>();
        whole.add(changes.getFirst().records());
        for (long version = 0; version < mirror.version(); version++) {
            final MirroredChange change = mirror.changeAfter(version);
            assertEquals(version, change.baseVersion());
            assertEquals(version + 1, change.version());
            whole.addAll(change.parts());
        }
        assertSame(expected, assembled(whole));
        assertNull(mirror.changeAfter(mirror.version()));
        assertNull(mirror.changeAfter(-1));
    }

    @Test
    void aChangeThatFitsNoMessageIsSentInParts() {
        stateMachine.onLeadershipTerm(1, 42);
        ensureTable("n", "small", "d");
        ensureTable("n", "large", "d".repeat(100), "e".repeat(120), "f".repeat(120), "g".repeat(120), "h".repeat(120), "i".repeat(120),
            "j".repeat(120), "k".repeat(120), "l".repeat(120), "m".repeat(120), "n".repeat(120), "o".repeat(120), "p".repeat(120));
        applyAll();
        assertEquals(1, mirror.changeAfter(0).version());
        final int largest = changes.getLast().records().length;
        final CatalogMirror exact = new CatalogMirror(largest);
        final CatalogMirror tight = new CatalogMirror(largest - 1);
        changes.forEach(exact::apply);
        changes.forEach(tight::apply);
        assertEquals(1, exact.changeAfter(1).parts().size());
        final MirroredChange parted = tight.changeAfter(1);
        assertEquals(2, parted.parts().size(), "the table, and its shard");
        assertTrue(parted.parts().stream().allMatch(part -> part.length < largest));
        assertEquals(largest, parted.lengthBytes());
        final List<byte[]> all = new ArrayList<>(tight.changeAfter(0).parts());
        all.addAll(parted.parts());
        assertSame(assembled(List.of(stateMachine.whole().records())), assembled(all));
    }

    @Test
    void onlySoManyChangesAreHeld() {
        stateMachine.onLeadershipTerm(1, 42);
        for (int i = 0; i < 1_030; i++) {
            createNamespace("n" + i);
        }
        applyAll();
        assertNull(mirror.changeAfter(5));
        assertEquals(7, mirror.changeAfter(6).version());
        assertEquals(1_030, mirror.changeAfter(1_029).version());
    }

    @Test
    void onlySoManyBytesOfChangesAreHeld() {
        stateMachine.onLeadershipTerm(1, 42);
        final String[] dimensions = new String[100];
        for (int i = 0; i < dimensions.length; i++) {
            dimensions[i] = "d".repeat(100) + i;
        }
        final CatalogMirror mirror = new CatalogMirror(56 * 1_024);
        createNamespace("n");
        for (int i = 0; i < 500; i++) {
            ensureTable("n", "t" + i, dimensions);
        }
        changes.forEach(mirror::apply);
        long heldBytes = 0;
        int held = 0;
        for (long version = mirror.version() - 1; version >= 0 && mirror.changeAfter(version) != null; version--) {
            heldBytes += mirror.changeAfter(version).lengthBytes();
            held++;
        }
        final long limitBytes = 4L * 1024 * 1024;
        assertTrue(held < 500);
        assertTrue(heldBytes <= limitBytes && heldBytes > limitBytes - 50_000, held + " changes of " + heldBytes);
        createNamespace("o");
        mirror.apply(changes.getLast());
        assertEquals(mirror.version(), mirror.changeAfter(mirror.version() - 1).version());
    }

    @Test
    void whatIsDroppedIsInNoSnapshotAndWhoHasItIsToldSo() {
        stateMachine.onLeadershipTerm(1, 42);
        ensureTable("n", "t", "d");
        ensureTable("n", "u", "d");
        applyAll();
        final List<byte[]> former = new ArrayList<>(mirror.snapshotParts());
        dropTable(1);
        applyAll();
        final Catalog expected = assembled(List.of(stateMachine.whole().records()));
        assertEquals(1, expected.tables().size());
        assertSame(expected, assembled(mirror.snapshotParts()));
        former.addAll(mirror.changeAfter(2).parts());
        assertSame(expected, assembled(former));
    }

    @Test
    void anotherCatalogBeginsAnew() {
        stateMachine.onLeadershipTerm(1, 42);
        createNamespace("a");
        createNamespace("b");
        applyAll();
        final List<CatalogChange> otherChanges = new ArrayList<>();
        final CatalogStateMachine other = new CatalogStateMachine(otherChanges::add);
        other.onLeadershipTerm(2, 43);
        otherChanges.forEach(mirror::apply);
        assertEquals(0, mirror.version());
        assertEquals(other.whole().catalogIdHigh(), mirror.catalogIdHigh());
        assertEquals(List.of(), mirror.snapshotParts());
        assertNull(mirror.changeAfter(0));
        assertNull(mirror.changeAfter(1));
    }

    private void applyAll() {
        while (applied < changes.size()) {
            mirror.apply(changes.get(applied++));
        }
    }

    private void createNamespace(final String name) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final CreateNamespaceEncoder encoder = new CreateNamespaceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).clientId(1).sequence(++sequence).expectedVersion(-1)
            .autoCreateTables((short) 1).name(name).description("");
        stateMachine.onCommand(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(), 1);
    }

    private void dropTable(final int tableId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final DropTableEncoder encoder = new DropTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).clientId(1).sequence(++sequence).expectedVersion(-1)
            .tableId(tableId);
        stateMachine.onCommand(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(), 1);
    }

    private void ensureTable(final String namespace, final String table, final String... dimensions) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final EnsureTableEncoder encoder = new EnsureTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).clientId(1).sequence(++sequence).expectedVersion(-1)
            .hashKey0(1).hashKey1(2).operatorRequest((short) 0)
            .retentionUs(EnsureTableEncoder.retentionUsNullValue());
        final EnsureTableEncoder.DimensionsEncoder names = encoder.dimensionsCount(dimensions.length);
        for (final String dimension : dimensions) {
            names.next().name(dimension);
        }
        encoder.metricsCount(0);
        encoder.namespaceName(namespace).tableName(table).description("");
        stateMachine.onCommand(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(), 1);
    }

    private static Catalog assembled(final List<byte[]> records) {
        final CatalogBuilder builder = new CatalogBuilder();
        records.forEach(framed -> builder.apply(new UnsafeBuffer(framed), 0, framed.length));
        return builder.build(1);
    }

    private static void assertSame(final Catalog expected, final Catalog actual) {
        assertEquals(expected.namespaces(), actual.namespaces());
        assertEquals(expected.tables(), actual.tables());
        assertEquals(expected.shards(), actual.shards());
        assertEquals(expected.services(), actual.services());
    }
}
