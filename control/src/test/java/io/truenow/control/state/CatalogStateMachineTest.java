package io.truenow.control.state;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CatalogStateMachineTest {
    private static final long HOUR_US = 3_600_000_000L;

    @Test
    void replayEqualsSnapshotAndTail() {
        final long seed = Seeds.seed("replayEqualsSnapshotAndTail");
        final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int run = 0; run < 40; run++) {
            final List<byte[]> log = randomLog(random, 150);
            final Machine whole = new Machine();
            final int cut = random.nextInt(log.size() + 1);
            Machine tail = null;
            for (int i = 0; i <= log.size(); i++) {
                if (i == cut) {
                    tail = whole.copyBySnapshot();
                    assertArrayEquals(whole.snapshot(), tail.snapshot());
                }
                if (i < log.size()) {
                    step(whole, log.get(i));
                    if (tail != null) {
                        step(tail, log.get(i));
                    }
                }
            }
            assertArrayEquals(whole.snapshot(), tail.snapshot());
            final List<byte[]> lastReplies = whole.replies.subList(whole.replies.size() - tail.replies.size(), whole.replies.size());
            for (int i = 0; i < lastReplies.size(); i++) {
                assertArrayEquals(lastReplies.get(i), tail.replies.get(i));
            }
            // what was published adds up to what is there
            final CatalogBuilder published = new CatalogBuilder();
            for (final CatalogChange change : whole.changes) {
                published.apply(new UnsafeBuffer(change.records()), 0, change.records().length);
            }
            assertSameCatalog(whole.catalog(), published.build(whole.stateMachine.version()));
        }
    }

    @Test
    void answersARepeatedCommandAsBefore() {
        final Machine machine = new Machine();
        final byte[] command = Commands.createNamespace(7, 1, Commands.ANY_VERSION, "shop", true);
        final byte[] first = machine.apply(command);
        assertEquals("", Commands.code(first));
        assertArrayEquals(first, machine.apply(command));
        assertEquals(1, machine.stateMachine.version());
        assertEquals("namespace_exists", Commands.code(machine.apply(Commands.createNamespace(7, 2, -1, "shop", true))));
        assertEquals("stale_command", Commands.code(machine.apply(command)));
        assertArrayEquals(machine.snapshot(), machine.copyBySnapshot().snapshot());
    }

    @Test
    void carriesABatchOutAsOneVersion() {
        final Machine machine = new Machine();
        final byte[] batch = Commands.batch(7, 1,
            Commands.ensureTable(7, 0, "shop", "a", List.of("d"), List.of("m"), false),
            Commands.ensureTable(7, 0, "shop", "x y", List.of(), List.of(), false),
            new byte[3],
            Commands.batch(7, 0, Commands.createNamespace(7, 0, Commands.ANY_VERSION, "inner", true)),
            Commands.ensureTable(7, 0, "shop", "b", List.of("d"), List.of("m"), false));
        final byte[] first = machine.apply(batch);
        assertEquals(List.of("", "invalid_table", "malformed_command", "unknown_command", ""),
            Commands.replies(first).stream().map(reply -> reply.code()).toList());
        assertTrue(Commands.replies(first).stream().allMatch(reply -> reply.catalogVersion() == 1));
        assertEquals(1, machine.changes.stream().filter(change -> !change.isWhole()).count());
        assertEquals(List.of("a", "b"), machine.catalog().tables().values().stream().map(Table::name).toList());
        assertArrayEquals(first, machine.apply(batch));
        assertEquals(1, machine.stateMachine.version());
        assertArrayEquals(machine.snapshot(), machine.copyBySnapshot().snapshot());

        // nothing of a batch that cannot be read is carried out
        final byte[] damaged = Commands.batch(7, 2, Commands.createNamespace(7, 0, Commands.ANY_VERSION, "c", true), new byte[40]);
        damaged[damaged.length - 48] = 41;
        assertEquals("malformed_command", Commands.code(machine.apply(damaged)));
        assertNull(machine.catalog().namespace("c"));
    }

    @Test
    void checksTheExpectedVersion() {
        final Machine machine = new Machine();
        assertEquals("version_conflict", Commands.code(machine.apply(Commands.createNamespace(1, 1, 5, "a", true))));
        assertEquals("", Commands.code(machine.apply(Commands.createNamespace(1, 2, 0, "a", true))));
    }

    @Test
    void checksNamesAndCaps() {
        final Machine machine = new Machine();
        assertEquals("invalid_namespace", Commands.code(machine.apply(Commands.createNamespace(1, 1, -1, ".a", true))));
        assertEquals("invalid_table", Commands.code(machine.apply(Commands.ensureTable(1, 2, "a", "x y", List.of(), List.of(), false))));
        assertEquals("invalid_dimension",
            Commands.code(machine.apply(Commands.ensureTable(1, 3, "a", "t", List.of("d\n"), List.of(), false))));
        assertEquals("invalid_metric", Commands.code(machine.apply(Commands.ensureTable(1, 4, "a", "t", List.of(), List.of(""), false))));
        final List<String> many = IntStream.rangeClosed(0, 128).mapToObj(i -> "d" + i).toList();
        assertEquals("schema_limit", Commands.code(machine.apply(Commands.ensureTable(1, 5, "a", "t", many, List.of(), false))));
        assertEquals(0, machine.stateMachine.version());
        assertEquals("", Commands.code(machine.apply(Commands.ensureTable(1, 6, "a", "t", many.subList(0, 128), List.of("m"), false))));
        assertEquals("schema_limit",
            Commands.code(machine.apply(Commands.ensureTable(1, 7, "a", "t", List.of("other"), List.of(), false))));
        assertEquals("table_exists", Commands.code(machine.apply(Commands.ensureTable(1, 8, "a", "t", List.of(), List.of(), true))));
        assertEquals("", Commands.code(machine.apply(Commands.createNamespace(1, 9, -1, "closed", false))));
        assertEquals("table_creation_forbidden",
            Commands.code(machine.apply(Commands.ensureTable(1, 10, "closed", "t", List.of(), List.of(), false))));
        assertEquals("", Commands.code(machine.apply(Commands.ensureTable(1, 11, "closed", "t", List.of(), List.of(), true))));
        assertEquals("unknown_command", Commands.code(machine.apply(withTemplate(Commands.renew(1, 12, 1, 1, false), 99))));
        assertEquals("malformed_command", Commands.code(machine.apply(truncated(Commands.createNamespace(1, 13, -1, "long-name", true)))));
        assertNull(machine.apply(new byte[10]));
    }

    @Test
    void extendsSchemasByAppending() {
        final Machine machine = new Machine();
        machine.apply(Commands.ensureTable(1, 1, "a", "t", List.of("x"), List.of("m"), false));
        final long before = machine.stateMachine.version();
        machine.apply(Commands.ensureTable(1, 2, "a", "t", List.of("x"), List.of(), false));
        assertEquals(before, machine.stateMachine.version());
        machine.apply(Commands.ensureTable(1, 3, "a", "t", List.of("y", "x"), List.of("n"), false));
        final Table table = machine.catalog().table("a", "t");
        assertEquals(List.of("x", "y"), table.dimensions());
        assertEquals(List.of("m", "n"), table.metrics());
        assertEquals(2, table.schemaVersion());
        assertEquals(Machine.START_US, table.createdUs());
    }

    @Test
    void placesShardsAndRaisesEpochs() {
        final Machine machine = new Machine();
        machine.apply(Commands.ensureTable(1, 1, "a", "t", List.of(), List.of(), false));
        assertTrue(machine.catalog().shard(1).owners().isEmpty());
        assertEquals(1, machine.catalog().shard(1).epoch());
        final int node = (int) Commands.resultId(machine.apply(Commands.register(2, 1, ServiceKind.HOT_TIER, 5, 1, 4)));
        final Shard placed = machine.catalog().shard(1);
        assertEquals(node, placed.owners().getFirst().nodeId());
        assertEquals(2, placed.epoch());
        // the same incarnation again: nothing moves
        final long version = machine.stateMachine.version();
        machine.apply(Commands.register(2, 2, ServiceKind.HOT_TIER, 5, 1, 4));
        assertEquals(version, machine.stateMachine.version());
        assertEquals(node, (int) Commands.resultId(machine.apply(Commands.register(2, 3, ServiceKind.HOT_TIER, 5, 2, 4))));
        assertEquals(3, machine.catalog().shard(1).epoch());
        assertNotEquals(machine.catalog().service(node).createdVersion(), machine.catalog().service(node).registeredVersion());
        assertEquals("superseded", Commands.code(machine.apply(Commands.register(2, 4, ServiceKind.HOT_TIER, 5, 1, 4))));
        assertEquals("kind_changed", Commands.code(machine.apply(Commands.register(2, 5, ServiceKind.QUERY, 5, 3, 4))));
        // enough tables to have the last lane taken
        for (int i = 0; i < 100; i++) {
            machine.apply(Commands.ensureTable(1, 2 + i, "a", "t" + i, List.of(), List.of(), false));
        }
        final long lanesUsed =
            machine.catalog().shards().values().stream().map(shard -> shard.owners().getFirst().lane()).distinct().count();
        assertEquals(4, lanesUsed);
        assertEquals("lanes_changed", Commands.code(machine.apply(Commands.register(2, 6, ServiceKind.HOT_TIER, 5, 3, 3))));
        assertEquals("", Commands.code(machine.apply(Commands.register(2, 7, ServiceKind.HOT_TIER, 5, 3, 8))));
    }

    @Test
    void spreadsShardsByWeight() {
        final Machine machine = new Machine();
        machine.apply(Commands.register(1, 1, ServiceKind.HOT_TIER, 1, 1, 1));
        final int heavy = (int) Commands.resultId(machine.apply(Commands.register(1, 2, ServiceKind.HOT_TIER, 2, 1, 3)));
        for (int i = 0; i < 2_000; i++) {
            machine.apply(Commands.ensureTable(1, 3 + i, "a", "t" + i, List.of(), List.of(), false));
        }
        final long onHeavy = machine.catalog().shards().values().stream().filter(shard -> shard.ownerOn(heavy) != null).count();
        assertTrue(onHeavy > 1_400 && onHeavy < 1_600, () -> "three quarters of 2000 expected: " + onHeavy);
    }

    @Test
    void leasesLapse() {
        final Machine machine = new Machine();
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 42);
        final int id = (int) Commands.resultId(machine.apply(Commands.register(1, 1, ServiceKind.QUERY, 1, 1, 0)));
        assertEquals(Machine.START_US + 5_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        machine.nowUs += 4_000_000;
        assertEquals("", Commands.code(machine.apply(Commands.renew(1, 2, id, 1, false))));
        machine.nowUs += 4_000_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.ACTIVE, machine.catalog().service(id).state());
        machine.nowUs += 1_000_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.LAPSED, machine.catalog().service(id).state());
        assertEquals("", Commands.code(machine.apply(Commands.renew(1, 3, id, 1, false))));
        assertEquals(ServiceState.ACTIVE, machine.catalog().service(id).state());
        // a new leader's term: the lease begins anew
        machine.nowUs += 60_000_000;
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 43);
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.ACTIVE, machine.catalog().service(id).state());
        assertEquals("superseded", Commands.code(machine.apply(Commands.renew(1, 4, id, 9, false))));
        assertEquals("unknown_service", Commands.code(machine.apply(Commands.renew(1, 5, 99, 1, false))));
        assertEquals("", Commands.code(machine.apply(Commands.renew(1, 6, id, 1, true))));
        assertEquals(ServiceState.LEFT, machine.catalog().service(id).state());
        assertEquals("service_left", Commands.code(machine.apply(Commands.renew(1, 7, id, 1, false))));
        assertTrue(machine.stateMachine.isNamed());
        assertFalse(machine.changes.isEmpty());
    }

    /** The former leader's clock was 30 hours ahead: whoever died with it is not held for alive for so long. */
    @Test
    void leasesBeginAnewByTheNewLeadersClock() {
        final Machine machine = new Machine();
        final long ahead = 30 * 3_600_000_000L;
        machine.nowUs += ahead;
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 42);
        final int id = (int) Commands.resultId(machine.apply(Commands.register(1, 1, ServiceKind.QUERY, 1, 1, 0)));
        machine.nowUs -= ahead;
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 43);
        assertEquals(machine.nowUs + 5_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        machine.nowUs += 5_000_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.LAPSED, machine.catalog().service(id).state());
    }

    @Test
    void leasesAreRenewedAndLapseWhateverTheClockDoes() {
        final RandomGenerator random = Seeds.random("leasesAreRenewedAndLapseWhateverTheClockDoes");
        final Machine machine = new Machine();
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 42);
        final int id = (int) Commands.resultId(machine.apply(Commands.register(1, 1, ServiceKind.QUERY, 1, 1, 0)));
        for (int sequence = 2; sequence < 2_000; sequence++) {
            machine.nowUs += random.nextInt(3) == 0 ? random.nextLong(-30 * HOUR_US, 30 * HOUR_US) : random.nextInt(3_000_000);
            machine.stateMachine.onTimer(machine.nowUs);
            assertEquals("", Commands.code(machine.apply(Commands.renew(1, sequence, id, 1, false))), "a step takes no lease for good");
            assertEquals(ServiceState.ACTIVE, machine.catalog().service(id).state());
            assertEquals(machine.nowUs + 5_000_000, machine.stateMachine.nextTimerUs(machine.nowUs), "counted from the clock of now");
        }
        machine.nowUs += 5_000_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.LAPSED, machine.catalog().service(id).state());
    }

    /** A log entry: eight bytes of time passing, then a command; none: the timer. */
    private static List<byte[]> randomLog(final RandomGenerator random, final int length) {
        final List<byte[]> log = new ArrayList<>();
        final long[] sequences = new long[4];
        byte[] last = new byte[0];
        for (int i = 0; i < length; i++) {
            final int client = random.nextInt(sequences.length);
            final boolean isNew = random.nextInt(10) > 0;
            final byte[] command = isNew ? randomCommand(random, client + 1, ++sequences[client]) : last;
            last = command;
            final byte[] entry = new byte[Long.BYTES + command.length];
            // a clock may step either way, and the next leader's may be another
            new UnsafeBuffer(entry).putLong(0, random.nextInt(20) == 0 ? random.nextLong(-HOUR_US, HOUR_US) : random.nextInt(3_000_000));
            System.arraycopy(command, 0, entry, Long.BYTES, command.length);
            log.add(entry);
        }
        return log;
    }

    private static byte[] randomCommand(final RandomGenerator random, final long client, final long sequence) {
        final String namespace = "n" + random.nextInt(3);
        final String description = random.nextBoolean() ? null : "d" + random.nextInt(2);
        return switch (random.nextInt(10)) {
            case 0 -> new byte[0];
            case 7 -> random.nextInt(4) == 0 ? Commands.dropNamespace(client, sequence, 1 + random.nextInt(4))
                : Commands.alterNamespace(client, sequence,
                    new CatalogCommand.AlterNamespace(
                        1 + random.nextInt(4), random.nextBoolean() ? null : random.nextBoolean(), description));
            case 8 -> Commands.dropTable(client, sequence, 1 + random.nextInt(12));
            case 9 -> Commands.alterTable(client, sequence, new CatalogCommand.AlterTable(1 + random.nextInt(12),
                random.nextBoolean() ? null : random.nextLong(100_000_000_000L), random.nextBoolean() ? null : random.nextBoolean(),
                description, columns(random), columns(random)));
            case 1 -> Commands.createNamespace(client, sequence, random.nextInt(4) == 0 ? random.nextInt(50) : -1, namespace,
                random.nextBoolean());
            case 2 -> Commands.register(client, sequence, ServiceKind.get((short) (1 + random.nextInt(3))), random.nextInt(5),
                1 + random.nextInt(4), random.nextInt(5));
            case 3, 4 -> Commands.renew(client, sequence, 1 + random.nextInt(5), 1 + random.nextInt(4), random.nextInt(8) == 0);
            default -> Commands.withIdentity(Commands.ensureTable(client, sequence, namespace, "t" + random.nextInt(4), columns(random),
                columns(random), random.nextInt(4) == 0), random.nextInt(2));
        };
    }

    private static List<String> columns(final RandomGenerator random) {
        return IntStream.range(0, random.nextInt(4)).mapToObj(i -> "c" + random.nextInt(70)).toList();
    }

    private static void step(final Machine machine, final byte[] entry) {
        machine.nowUs += new UnsafeBuffer(entry).getLong(0);
        if (entry.length == Long.BYTES) {
            if (machine.nowUs % 5 == 0) {
                machine.stateMachine.onLeadershipTerm(machine.nowUs, machine.nowUs % 97);
            }
            machine.stateMachine.onTimer(machine.nowUs);
        } else {
            final byte[] command = new byte[entry.length - Long.BYTES];
            System.arraycopy(entry, Long.BYTES, command, 0, command.length);
            machine.apply(command);
        }
    }

    private static void assertSameCatalog(final Catalog expected, final Catalog actual) {
        assertEquals(expected.version(), actual.version());
        assertEquals(expected.namespaces(), actual.namespaces());
        assertEquals(expected.tables(), actual.tables());
        assertEquals(expected.shards(), actual.shards());
        // a renewal is not published
        assertEquals(withoutLeases(expected), withoutLeases(actual));
    }

    private static List<ServiceInstance> withoutLeases(final Catalog catalog) {
        return catalog.services().values().stream().map(service -> service.with(ServiceLease.NONE)).toList();
    }

    private static byte[] withTemplate(final byte[] command, final int templateId) {
        new UnsafeBuffer(command).putShort(2, (short) templateId, ByteOrder.LITTLE_ENDIAN);
        return command;
    }

    private static byte[] truncated(final byte[] command) {
        return Arrays.copyOf(command, command.length - 3);
    }
}
