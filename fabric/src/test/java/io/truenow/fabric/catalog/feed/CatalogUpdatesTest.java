package io.truenow.fabric.catalog.feed;

import io.truenow.codecs.control.CatalogSubscribeEncoder;
import io.truenow.codecs.control.CatalogUpdateEncoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.UpdateKind;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.FramedRecords;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.RecordKinds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a view shows after snapshots, changes and messages that do not follow from what it holds. */
class CatalogUpdatesTest {
    private static final long SUBSCRIBER = 70;
    private static final int OFFSET = 32;
    private static final byte[] NOTHING = {};

    private final List<Throwable> errors = new ArrayList<>();
    private final CatalogUpdates updates = new CatalogUpdates(SUBSCRIBER, errors::add);
    private long catalogId = 0x1234;

    @Test
    void nothingIsShownBeforeTheSnapshotIsWhole() {
        assertSame(Catalog.EMPTY, updates.catalog());
        assertTrue(send(UpdateKind.SNAPSHOT_BEGIN, -1, 5, namespace(1)));
        assertTrue(send(UpdateKind.SNAPSHOT_PART, -1, 5, namespace(2)));
        assertSame(Catalog.EMPTY, updates.catalog());
        assertEquals(-1, updates.held().version());
        assertTrue(send(UpdateKind.SNAPSHOT_END, -1, 5, namespace(3)));
        assertNames(5, "n1", "n2", "n3");
        assertEquals(5, updates.held().version());
        assertEquals(catalogId, updates.held().idHigh());
        assertEquals(-catalogId, updates.held().idLow());
        assertEquals(catalogId, updates.catalog().idHigh());
        assertEquals(-catalogId, updates.catalog().idLow());
    }

    @Test
    void changesFollowOneAnother() {
        snapshot(5, 1);
        send(UpdateKind.DELTA, 5, 6, namespace(2));
        assertNames(6, "n1", "n2");
        send(UpdateKind.DELTA, 6, 7, namespace(3));
        assertNames(7, "n1", "n2", "n3");
        assertEquals(SUBSCRIBER, updates.subscriberId());
    }

    @Test
    void aChangeThatIsHeldAlreadyIsPassedOver() {
        snapshot(5, 1);
        send(UpdateKind.DELTA, 4, 5, namespace(9));
        send(UpdateKind.DELTA, 3, 4, namespace(9));
        assertNames(5, "n1");
        assertEquals(SUBSCRIBER, updates.subscriberId());
        assertEquals(5, updates.held().version());
    }

    @Test
    void aGapAsksForASnapshotAndKeepsWhatIsShown() {
        snapshot(5, 1);
        send(UpdateKind.DELTA, 6, 7, namespace(3));
        assertNames(5, "n1");
        assertNotEquals(SUBSCRIBER, updates.subscriberId());
        assertEquals(-1, updates.held().version());
        assertFalse(sendTo(SUBSCRIBER, UpdateKind.DELTA, 7, 8, namespace(4)), "what was under way is not for the new subscriber");
        snapshot(8, 4);
        assertNames(8, "n4");
    }

    @Test
    void aChangeOfAnotherCatalogAsksForASnapshot() {
        snapshot(5, 1);
        catalogId = 0x9999;
        send(UpdateKind.DELTA, 5, 6, namespace(2));
        assertNames(5, "n1");
        assertNotEquals(SUBSCRIBER, updates.subscriberId());
        snapshot(5, 7);
        assertNames(5, "n7");
        assertEquals(0x9999, updates.catalog().idHigh());
    }

    /** Either half of the name makes it another one. */
    @Test
    void aCatalogWhoseNameEndsOtherwiseIsAnotherOne() {
        snapshot(5, 1);
        final long subscriberId = updates.subscriberId();
        assertTrue(message(subscriberId, UpdateKind.DELTA, catalogId, 1, 5, 6, namespace(2)));
        assertNotEquals(subscriberId, updates.subscriberId());
        send(UpdateKind.SNAPSHOT_BEGIN, -1, 4, namespace(3));
        assertTrue(message(updates.subscriberId(), UpdateKind.SNAPSHOT_BEGIN, catalogId, 1, -1, 3, namespace(4)));
        assertTrue(message(updates.subscriberId(), UpdateKind.SNAPSHOT_END, catalogId, 1, -1, 3, NOTHING));
        assertNames(3, "n4");
    }

    @Test
    void aMemberThatLagsDoesNotTakeTheViewBack() {
        snapshot(5, 1);
        updates.onNextMember("other:1");
        snapshot(4, 9);
        assertNames(5, "n1");
        assertEquals(4, updates.held().version());
        final Catalog before = updates.catalog();
        send(UpdateKind.DELTA, 4, 5, namespace(1));
        assertSame(before, updates.catalog(), "the same version is not made anew");
        send(UpdateKind.DELTA, 5, 6, namespace(2));
        assertNames(6, "n1", "n2", "n9");
    }

    @Test
    void anotherCatalogIsFollowedFromWhateverVersion() {
        snapshot(5, 1);
        updates.onNextMember("other:1");
        catalogId = 0x9999;
        snapshot(2, 3);
        assertNames(2, "n3");
    }

    @Test
    void whatIsHeldSurvivesANextMember() {
        snapshot(5, 1);
        updates.onNextMember("other:1");
        assertNotEquals(SUBSCRIBER, updates.subscriberId());
        assertFalse(sendTo(SUBSCRIBER, UpdateKind.DELTA, 5, 6, namespace(9)));
        assertEquals(5, updates.held().version());
        send(UpdateKind.DELTA, 5, 6, namespace(2));
        assertNames(6, "n1", "n2");
    }

    @Test
    void aSecondSnapshotForgetsTheFirst() {
        snapshot(5, 1);
        send(UpdateKind.SNAPSHOT_BEGIN, -1, 6, namespace(2));
        assertEquals(-1, updates.held().version());
        assertNames(5, "n1");
        send(UpdateKind.SNAPSHOT_END, -1, 6, NOTHING);
        assertNames(6, "n2");
    }

    @Test
    void aMalformedUpdateIsToldAndAsksForASnapshot() {
        snapshot(5, 1);
        assertTrue(send(UpdateKind.DELTA, 5, 6, new byte[12]));
        assertEquals(1, errors.size());
        assertNames(5, "n1");
        assertNotEquals(SUBSCRIBER, updates.subscriberId());
        assertEquals(-1, updates.held().version());
        // what was half applied must not be in what is built next, and an end without a beginning is none
        send(UpdateKind.SNAPSHOT_END, -1, 6, namespace(2));
        assertNames(5, "n1");
        assertEquals(2, errors.size());
        snapshot(6, 2);
        assertNames(6, "n2");
    }

    @Test
    void aChangeInPartsCountsAtItsEnd() {
        snapshot(5, 1);
        send(UpdateKind.DELTA_PART, 5, 6, namespace(2));
        send(UpdateKind.DELTA_PART, 5, 6, namespace(3));
        assertNames(5, "n1");
        assertEquals(5, updates.held().version());
        send(UpdateKind.DELTA_END, 5, 6, NOTHING);
        assertNames(6, "n1", "n2", "n3");
        // the next member begins it anew, of what the former sent nothing is left
        send(UpdateKind.DELTA_PART, 6, 7, namespace(8));
        updates.onNextMember("other:1");
        send(UpdateKind.DELTA, 6, 7, namespace(4));
        assertNames(7, "n1", "n2", "n3", "n4");
        send(UpdateKind.DELTA_PART, 9, 10, namespace(9));
        assertEquals(-1, updates.held().version(), "a gap asks for a snapshot");
    }

    @Test
    void whatIsGoneIsGone() {
        snapshot(5, 1);
        send(UpdateKind.DELTA, 5, 6, namespace(2));
        send(UpdateKind.DELTA, 6, 7, new FramedRecords().without(RecordKinds.NAMESPACE.templateId(), 1).bytes());
        assertNames(7, "n2");
    }

    @Test
    void aHeartbeatIsASignOfLifeAndNoMore() {
        snapshot(5, 1);
        final Catalog before = updates.catalog();
        assertTrue(send(UpdateKind.HEARTBEAT, -1, 9, NOTHING));
        assertSame(before, updates.catalog());
        assertEquals(5, updates.held().version());
        assertEquals(SUBSCRIBER, updates.subscriberId());
    }

    @Test
    void whatIsForOthersIsNoSignOfLife() {
        assertFalse(sendTo(SUBSCRIBER + 1, UpdateKind.SNAPSHOT_BEGIN, -1, 5, namespace(1)));
        final UnsafeBuffer other = new UnsafeBuffer(new byte[256]);
        new CatalogSubscribeEncoder().wrapAndApplyHeader(other, OFFSET, new MessageHeaderEncoder()).subscriberId(SUBSCRIBER);
        assertFalse(updates.onMessage(other, OFFSET));
        final UnsafeBuffer foreign = update(SUBSCRIBER, UpdateKind.HEARTBEAT, catalogId, -catalogId, -1, 5, NOTHING);
        new MessageHeaderEncoder().wrap(foreign, OFFSET).schemaId(CatalogUpdateEncoder.SCHEMA_ID + 1);
        assertFalse(updates.onMessage(foreign, OFFSET), "a message of another schema");
        assertTrue(errors.isEmpty());
    }

    private void snapshot(final long version, final int id) {
        send(UpdateKind.SNAPSHOT_BEGIN, -1, version, namespace(id));
        send(UpdateKind.SNAPSHOT_END, -1, version, NOTHING);
    }

    private boolean send(final UpdateKind kind, final long baseVersion, final long version, final byte[] records) {
        return sendTo(updates.subscriberId(), kind, baseVersion, version, records);
    }

    private boolean sendTo(final long subscriberId, final UpdateKind kind, final long base, final long version, final byte[] records) {
        return message(subscriberId, kind, catalogId, -catalogId, base, version, records);
    }

    private boolean message(
        final long subscriberId, final UpdateKind kind, final long high, final long low, final long base, final long version,
        final byte[] records) {
        return updates.onMessage(update(subscriberId, kind, high, low, base, version, records), OFFSET);
    }

    private static UnsafeBuffer update(
        final long subscriberId, final UpdateKind kind, final long high, final long low, final long base, final long version,
        final byte[] records) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1_024]);
        new CatalogUpdateEncoder().wrapAndApplyHeader(buffer, OFFSET, new MessageHeaderEncoder())
            .subscriberId(subscriberId)
            .catalogIdHigh(high)
            .catalogIdLow(low)
            .baseVersion(base)
            .version(version)
            .kind(kind)
            .putRecords(records, 0, records.length);
        return buffer;
    }

    private static byte[] namespace(final int id) {
        return new FramedRecords().with(RecordKinds.NAMESPACE, new Namespace(id, "n" + id, id, true)).bytes();
    }

    private void assertNames(final long version, final String... names) {
        final Catalog catalog = updates.catalog();
        assertEquals(version, catalog.version());
        assertEquals(List.of(names), catalog.namespaces().values().stream().map(Namespace::name).toList());
        for (final String name : names) {
            assertNotNull(catalog.namespace(name));
        }
        assertNull(catalog.namespace("n99"));
    }
}
