package io.truenow.control.state;

import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.TableRecordDecoder;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is created with a table, its limits to the last one, and who owns its shard. */
class TableRulesTest {
    private static final TableProperties OPEN = TableProperties.open(PropertyRules.DEFAULT_RETENTION_US);

    private final Machine machine = new Machine();
    private long sequence;

    @Test
    void aTableIsCreatedWithNamespaceAndShard() {
        assertEquals(1, Commands.resultId(machine.apply(Commands.ensureTable(3, 5, "a", "t", List.of("x", "y"), List.of("m"), false))));
        assertEquals(new Namespace(1, "a", Machine.START_US, true), machine.catalog().namespace("a"));
        assertEquals(new Table(1, 1, "a", "t", Machine.START_US, OPEN, 5 * 31, 3 * 17, 1, 1,
            EventIdentity.ID, List.of("x", "y"), List.of("m"), List.of(1)), machine.catalog().table(1));
        assertEquals(new Shard(1, 1, 0, 1, List.of()), machine.catalog().shard(1));
        machine.nowUs += 10;
        assertEquals(2, Commands.resultId(machine.apply(Commands.ensureTable(3, 6, "a", "u", List.of(), List.of(), false))));
        assertEquals(List.of(2), machine.catalog().table(2).shardIds());
        assertEquals(2, machine.catalog().shard(2).tableId());
        assertEquals(1, machine.catalog().namespaces().size());
        assertEquals(2, machine.stateMachine.version());
        // what is extended keeps everything else
        assertEquals(1, Commands.resultId(machine.apply(Commands.ensureTable(9, 7, "a", "t", List.of("z"), List.of(), false))));
        assertEquals(new Table(1, 1, "a", "t", Machine.START_US, OPEN, 5 * 31, 3 * 17, 2, 1,
            EventIdentity.ID, List.of("x", "y", "z"), List.of("m"), List.of(1)), machine.catalog().table(1));
        assertEquals(1, Commands.resultId(machine.apply(Commands.ensureTable(9, 8, "a", "t", List.of("z"), List.of(), false))));
        assertEquals(1, Commands.resultId(machine.apply(Commands.ensureTable(9, 9, "a", "t", List.of(), List.of(), true))));
    }

    @Test
    void aTableKeepsTheIdentityThatItWasCreatedWith() {
        assertEquals("", ensure("a", "by_events", 0, 0, false));
        assertEquals("", ensure("a", "by_default", 0, 0, true));
        assertEquals("", create("chosen", EventIdentity.ID_AND_TIME.value()));
        assertEquals("table_exists", create("by_default", EventIdentity.ID_AND_TIME.value()));
        assertEquals("table_exists", create("chosen", EventIdentity.ID.value()));
        assertEquals("malformed_command", create("of_a_later_version", 7));
        // events add columns, and do not say what the identity is
        assertEquals("", ensure("a", "chosen", 2, 1, false));
        for (final Machine each : List.of(machine, machine.copyBySnapshot())) {
            final Map<String, EventIdentity> identities = new TreeMap<>();
            each.catalog().tables().values().forEach(table -> identities.put(table.name(), table.identity()));
            assertEquals(Map.of("by_events", EventIdentity.ID, "by_default", EventIdentity.ID, "chosen", EventIdentity.ID_AND_TIME),
                identities);
        }
        assertEquals(2, machine.catalog().table("a", "chosen").schemaVersion());
    }

    /** Logs and snapshots of before tables had one. */
    @Test
    void commandsAndRecordsWithoutIdentityMeanTheId() {
        final byte[] command = Commands.ensureTable(1, ++sequence, "a", "t", List.of("x"), List.of("m"), true);
        assertEquals("", Commands.code(machine.apply(ofVersion0(command, EnsureTableDecoder.identityEncodingOffset()))));
        assertEquals(EventIdentity.ID, machine.catalog().table("a", "t").identity());
        assertEquals(List.of("x"), machine.catalog().table("a", "t").dimensions());

        assertEquals("", create("chosen", EventIdentity.ID_AND_TIME.value()));
        final Machine restored = new Machine();
        final SnapshotReader reader = restored.stateMachine.snapshotReader();
        machine.stateMachine.writeSnapshot((buffer, offset, length) -> {
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            final boolean isTable = new MessageHeaderDecoder().wrap(buffer, offset).templateId() == TableRecordDecoder.TEMPLATE_ID;
            final byte[] read = isTable ? ofVersion0(message, TableRecordDecoder.identityEncodingOffset()) : message;
            reader.onMessage(new UnsafeBuffer(read), 0, read.length);
        });
        for (final Table table : machine.catalog().tables().values()) {
            final Table read = restored.catalog().table(table.id());
            assertEquals(EventIdentity.ID, read.identity());
            assertEquals(List.of(table.name(), table.dimensions(), table.shardIds()),
                List.of(read.name(), read.dimensions(), read.shardIds()));
        }
    }

    @Test
    void aNamespaceSaysWhetherEventsMayCreateTables() {
        assertEquals(1, Commands.resultId(machine.apply(Commands.createNamespace(1, ++sequence, -1, "open", true))));
        assertEquals(2, Commands.resultId(machine.apply(Commands.createNamespace(1, ++sequence, -1, "closed", false))));
        assertTrue(machine.catalog().namespace("open").autoCreateTables());
        assertFalse(machine.catalog().namespace("closed").autoCreateTables());
        assertEquals("", ensure("open", "t", 1, 1, false));
        assertEquals("table_creation_forbidden", ensure("closed", "t", 1, 1, false));
        assertEquals("", ensure("closed", "t", 1, 1, true));
        // once there, events may extend it
        assertEquals("", ensure("closed", "t", 2, 1, false));
    }

    @Test
    void columnsUpToTheLimit() {
        assertEquals("schema_limit", ensure("a", "t", 129, 0, false));
        assertEquals("schema_limit", ensure("a", "t", 0, 129, false));
        assertEquals(0, machine.catalog().namespaces().size());
        assertEquals("", ensure("a", "t", 128, 128, false));
        assertEquals("schema_limit", ensure("a", "t", 129, 0, false));
        assertEquals("schema_limit", ensure("a", "t", 0, 129, false));
        assertEquals("", ensure("a", "u", 1, 1, false));
        assertEquals("", ensure("a", "u", 128, 128, false));
        assertEquals(2, machine.catalog().table("a", "u").schemaVersion());
    }

    @Test
    void namesAreCheckedBeforeAnythingIsCreated() {
        assertEquals("invalid_namespace", ensure(".a", "t", 0, 0, false));
        assertEquals("invalid_table", ensure("a", ".t", 0, 0, false));
        assertEquals("invalid_dimension", Commands.code(machine.apply(
            Commands.ensureTable(1, ++sequence, "a", "t", List.of("good", "\n"), List.of(), false))));
        assertEquals("invalid_metric", Commands.code(machine.apply(
            Commands.ensureTable(1, ++sequence, "a", "t", List.of("good"), List.of("good", "\n"), false))));
        assertEquals(0, machine.stateMachine.version());
        assertEquals(0, machine.catalog().namespaces().size());
    }

    @Test
    void namespacesAndTablesUpToTheirLimits() {
        for (int i = 0; i < NamespaceCommands.MAX_NAMESPACES; i++) {
            assertEquals("", Commands.code(machine.apply(Commands.createNamespace(1, ++sequence, -1, "n" + i, true))));
        }
        assertEquals("namespace_limit", Commands.code(machine.apply(Commands.createNamespace(1, ++sequence, -1, "more", true))));
        assertEquals("namespace_exists", Commands.code(machine.apply(Commands.createNamespace(1, ++sequence, -1, "n7", true))));
        assertEquals("namespace_limit", ensure("more", "t", 0, 0, false));
        for (int i = 0; i < TableCommands.MAX_TABLES; i++) {
            assertEquals("", ensure("n" + i % 3, "t" + i, 0, 0, false));
        }
        assertEquals("table_limit", ensure("n1", "more", 0, 0, false));
        assertEquals("", ensure("n1", "t1", 1, 0, false));
    }

    @Test
    void onlyAHotTierIsGivenShards() {
        assertEquals("", ensure("a", "t", 0, 0, false));
        machine.apply(Commands.register(1, ++sequence, ServiceKind.GATEWAY, 1, 1, 0));
        machine.apply(Commands.register(1, ++sequence, ServiceKind.QUERY, 2, 1, 0));
        assertEquals(List.of(), machine.catalog().shard(1).owners());
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 3, 1, 1));
        assertEquals(new Shard(1, 1, 0, 2, List.of(new Owner(3, 0, OwnerState.ACTIVE, 4))), machine.catalog().shard(1));
        // a gateway's new incarnation moves nothing; the node's raises the epoch and keeps everything else
        machine.apply(Commands.register(1, ++sequence, ServiceKind.GATEWAY, 1, 2, 0));
        assertEquals(2, machine.catalog().shard(1).epoch());
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 3, 2, 1));
        assertEquals(new Shard(1, 1, 0, 3, List.of(new Owner(3, 0, OwnerState.ACTIVE, 4))), machine.catalog().shard(1));
        // another node raises nobody's
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 4, 1, 1));
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 4, 2, 1));
        assertEquals(3, machine.catalog().shard(1).epoch());
    }

    @Test
    void aNodeComesBackForTheShardsThatNobodyHas() {
        final int node = (int) Commands.resultId(machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 3, 1, 2)));
        machine.apply(Commands.renew(1, ++sequence, node, 1, true));
        assertEquals("", ensure("a", "t", 0, 0, false));
        // nobody is left
        assertEquals(List.of(), machine.catalog().shard(1).owners());
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 3, 1, 2));
        assertEquals(node, machine.catalog().shard(1).owners().getFirst().nodeId());
        assertEquals(2, machine.catalog().shard(1).epoch());
    }

    @Test
    void aNodeThatLapsedIsBetterThanNone() {
        final int silent = (int) Commands.resultId(machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 3, 1, 2)));
        machine.nowUs += 5_000_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals("", ensure("a", "t0", 0, 0, false));
        assertEquals(silent, machine.catalog().shard(1).owners().getFirst().nodeId());
        final int alive = (int) Commands.resultId(machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 4, 1, 2)));
        for (int i = 1; i <= 20; i++) {
            assertEquals("", ensure("a", "t" + i, 0, 0, false));
            assertEquals(alive, machine.catalog().shard(1 + i).owners().getFirst().nodeId());
        }
    }

    /** Members of two versions must place alike: these are what the present one proposes. */
    @Test
    void placementIsTheSameEverywhereAndMovesOnlyWhatANewNodeGains() {
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 1, 1, 2));
        machine.apply(Commands.register(1, ++sequence, ServiceKind.HOT_TIER, 2, 1, 4));
        final Map<Integer, Integer> nodes = new HashMap<>();
        final StringBuilder lanes = new StringBuilder();
        for (int i = 1; i <= 24; i++) {
            assertEquals("", ensure("a", "t" + i, 0, 0, false));
            final Owner owner = machine.catalog().shard(i).owners().getFirst();
            nodes.put(i, owner.nodeId());
            lanes.append(owner.nodeId()).append('.').append(owner.lane()).append(' ');
        }
        assertEquals("2.0 1.0 1.0 2.3 1.1 2.1 2.1 2.3 2.1 1.1 1.1 1.1 1.1 2.1 2.1 2.2 2.2 2.0 1.0 2.1 1.0 2.0 2.1 1.1",
            lanes.toString().strip());
        final Machine other = new Machine();
        other.apply(Commands.register(1, 1, ServiceKind.HOT_TIER, 1, 1, 2));
        other.apply(Commands.register(1, 2, ServiceKind.HOT_TIER, 2, 1, 4));
        other.apply(Commands.register(1, 3, ServiceKind.HOT_TIER, 3, 1, 4));
        int moved = 0;
        for (int i = 1; i <= 24; i++) {
            other.apply(Commands.ensureTable(1, 3 + i, "a", "t" + i, List.of(), List.of(), false));
            final int node = other.catalog().shard(i).owners().getFirst().nodeId();
            assertTrue(node == nodes.get(i) || node == 3, "moved between nodes that were there before");
            moved += node == 3 ? 1 : 0;
        }
        assertTrue(moved >= 5 && moved <= 14, "of 24 with two fifths of the lanes: " + moved);
    }

    private String ensure(final String namespace, final String table, final int dimensions, final int metrics, final boolean operator) {
        return Commands.code(machine.apply(Commands.ensureTable(1, ++sequence, namespace, table, columns("d", dimensions),
            columns("m", metrics), operator)));
    }

    private String create(final String table, final int identity) {
        return Commands.code(machine.apply(Commands.withIdentity(
            Commands.ensureTable(1, ++sequence, "a", table, List.of(), List.of(), true), identity)));
    }

    /** A message as it was before its block had the fields behind that length. */
    private static byte[] ofVersion0(final byte[] message, final int blockLength) {
        final int end = MessageHeaderDecoder.ENCODED_LENGTH + blockLength;
        final int rest = MessageHeaderDecoder.ENCODED_LENGTH + new MessageHeaderDecoder().wrap(new UnsafeBuffer(message), 0).blockLength();
        assertTrue(rest > end);
        final byte[] older = new byte[message.length - (rest - end)];
        System.arraycopy(message, 0, older, 0, end);
        System.arraycopy(message, rest, older, end, message.length - rest);
        new MessageHeaderEncoder().wrap(new UnsafeBuffer(older), 0).blockLength(blockLength).version(0);
        return older;
    }

    private static List<String> columns(final String prefix, final int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }
}
