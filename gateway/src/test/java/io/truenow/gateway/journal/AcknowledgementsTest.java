package io.truenow.gateway.journal;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.position.Position;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;

class AcknowledgementsTest {
    private static final long INCARNATION = 5;
    private static final int SHARDS = 3;

    private final List<IngestRequest> completed = new ArrayList<>();
    private final Acknowledgements acknowledgements = new Acknowledgements(INCARNATION, new Completions());

    @Test
    void everyOwnerInSyncMustSayIt() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE), new Owner(2, 1, OwnerState.IN_SYNC), new Owner(3, 0, OwnerState.CATCHING_UP));
        final IngestRequest request = await(100, 10);
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 10);
        acknowledgements.onApplied(0, 2, 0, 1, INCARNATION, 10);
        acknowledgements.onApplied(0, 3, 0, 1, INCARNATION, 10);
        acknowledgements.onApplied(0, 2, 1, 1, INCARNATION, 9);
        assertEquals(List.of(), completed, "another lane of the node, and one that is still catching up, speak for nobody");
        assertEquals(1, acknowledgements.pendingRequests());
        acknowledgements.onApplied(0, 2, 1, 1, INCARNATION, 10);
        assertEquals(List.of(request), completed);
        assertEquals(IngestOutcome.OK, request.outcome());
        assertEquals(0, acknowledgements.pendingRequests());
    }

    @Test
    void whatADeposedOwnerOrAFormerIncarnationAppliedCountsForNothing() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final IngestRequest request = await(100, 10);
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION - 1, 1_000);
        assertEquals(List.of(), completed, "an earlier life's position");
        catalog(2, new Owner(2, 0, OwnerState.ACTIVE));
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 10);
        acknowledgements.onApplied(0, 2, 0, 1, INCARNATION, 10);
        assertEquals(List.of(), completed, "the new owner's words of another epoch");
        acknowledgements.onApplied(0, 2, 0, 2, INCARNATION, 10);
        assertEquals(List.of(request), completed);
    }

    @Test
    void aLaneMaySpeakBeforeTheCatalogShowsThatItOwns() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final IngestRequest request = await(100, 10);
        acknowledgements.onApplied(0, 2, 0, 2, INCARNATION, 10);
        acknowledgements.onApplied(0, 2, 0, 1, INCARNATION, 11);
        assertEquals(List.of(), completed);
        catalog(2, new Owner(2, 0, OwnerState.ACTIVE));
        assertEquals(List.of(request), completed);
    }

    @Test
    void repeatsAreCountedForTheRequestThatHasThem() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final List<IngestRequest> requests = List.of(await(100, 10), await(100, 11), await(100, 12));
        acknowledgements.onRepeated(0, INCARNATION, 11, 7);
        acknowledgements.onRepeated(0, INCARNATION, 13, 1);
        acknowledgements.onRepeated(0, INCARNATION - 1, 12, 1);
        acknowledgements.onRepeated(1, INCARNATION, 12, 1);
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 12);
        assertEquals(requests, completed);
        assertEquals(List.of(0, 7, 0), requests.stream().map(IngestRequest::eventsRepeated).toList());
        acknowledgements.onRepeated(0, INCARNATION, 11, 7);
        assertEquals(7, requests.get(1).eventsRepeated(), "it is the edge's now");
    }

    @Test
    void whatALaneHadWhenItStartedIsAppliedButItsRepeatsAreNotKnown() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final List<IngestRequest> requests = List.of(await(100, 10), await(100, 11));
        acknowledgements.onRepeated(0, INCARNATION, 10, 7);
        acknowledgements.onFound(0, 1, 0, 1, INCARNATION, 10);
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 11);
        assertEquals(requests, completed);
        assertEquals(List.of(-1, 0), requests.stream().map(IngestRequest::eventsRepeated).toList());
    }

    @Test
    void withoutAnOwnerNothingIsApplied() {
        catalog(1);
        await(100, 10);
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 10);
        assertEquals(List.of(), completed);
        assertEquals(1, acknowledgements.expire(100));
        assertEquals(IngestOutcome.NOT_APPLIED_IN_TIME, completed.getFirst().outcome());
    }

    @Test
    void givesUpAtTheDeadlineAndNotBefore() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final IngestRequest early = await(100, 10);
        final IngestRequest late = await(101, 11);
        assertEquals(0, acknowledgements.expire(99));
        assertEquals(1, acknowledgements.expire(100));
        assertEquals(List.of(early), completed);
        assertEquals(1, acknowledgements.pendingRequests());
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 11);
        assertEquals(List.of(early, late), completed, "who was given up is not told again");
        assertEquals(IngestOutcome.NOT_APPLIED_IN_TIME, early.outcome());
        assertEquals(IngestOutcome.OK, late.outcome());
        assertEquals(0, acknowledgements.expire(1_000));
    }

    @Test
    void atTheEndNobodyIsLeftWaiting() {
        catalog(1, new Owner(1, 0, OwnerState.ACTIVE));
        final List<IngestRequest> requests = List.of(await(100, 1), await(100, 2), await(100, 3));
        acknowledgements.onApplied(0, 1, 0, 1, INCARNATION, 1);
        acknowledgements.close();
        assertEquals(requests, completed);
        assertEquals(List.of(IngestOutcome.OK, IngestOutcome.NOT_APPLIED_IN_TIME, IngestOutcome.NOT_APPLIED_IN_TIME),
            completed.stream().map(IngestRequest::outcome).toList());
        assertEquals(0, acknowledgements.pendingRequests());
    }

    /** Requests over several shards, owners that come and go, in any order: completed are just those that the model holds for applied. */
    @RepeatedTest(40)
    void completesWhatThePlainModelCompletes() {
        final RandomGenerator random = Seeds.random("acknowledgements");
        final Model model = new Model();
        long nowNs = 0;
        for (int step = 0; step < 400; step++) {
            nowNs++;
            switch (random.nextInt(12)) {
                case 0 -> show(acknowledgements, model.catalog(random));
                case 1, 2, 3, 4, 5 -> model.await(random, acknowledgements, nowNs + 150, completed);
                case 6 -> assertEquals(model.expire(nowNs), acknowledgements.expire(nowNs));
                default -> model.applied(random, acknowledgements);
            }
            assertEquals(model.outcomes(), model.told(completed));
            assertEquals(model.waiting(), acknowledgements.pendingRequests());
        }
    }

    private IngestRequest await(final long deadlineNs, final long sequence) {
        final IngestRequest request = request(completed, 1);
        request.position(0, 0, sequence);
        acknowledgements.await(request, deadlineNs);
        return request;
    }

    private static IngestRequest request(final List<IngestRequest> completed, final int batches) {
        final IngestRequest request = new IngestRequest().reset(AckLevel.APPLIED, completed::add);
        for (int i = 0; i < batches; i++) {
            request.addBatch(new UnsafeBuffer(new byte[8]), 0, 8);
        }
        return request;
    }

    private Catalog catalog = Catalog.EMPTY;

    private void catalog(final long epoch, final Owner... owners) {
        show(acknowledgements, List.of(new Shard(0, 3, 0, epoch, List.of(owners))));
    }

    private void show(final Acknowledgements tested, final Collection<Shard> shards) {
        final CatalogBuilder next = new CatalogBuilder();
        shards.forEach(next::put);
        final CatalogDiff diff = new CatalogDiff(catalog, next.build(catalog.version() + 1));
        catalog = diff.after();
        tested.onCatalog(diff);
    }

    /** Nothing clever: every batch that waits is looked at after every word. */
    private static final class Model {
        private record Lane(int shardId, int nodeId) {
        }

        private record Word(long epoch, long incarnation, long sequence) {
        }

        private record Waiting(IngestRequest request, long deadlineNs, List<Integer> shardIds, List<Long> sequences) {
        }

        private final Map<Integer, Shard> shards = new HashMap<>();
        private final Map<Lane, Word> words = new HashMap<>();
        private final List<Waiting> waiting = new ArrayList<>();
        private final Map<IngestRequest, IngestOutcome> outcomes = new HashMap<>();
        private final long[] lastSequences = new long[SHARDS];

        Collection<Shard> catalog(final RandomGenerator random) {
            for (int id = 0; id < SHARDS; id++) {
                if (random.nextBoolean()) {
                    final List<Owner> owners = new ArrayList<>();
                    for (int node = 1; node <= 2; node++) {
                        if (random.nextInt(3) > 0) {
                            owners.add(new Owner(node, 0, OwnerState.get((short) (1 + random.nextInt(3)))));
                        }
                    }
                    shards.put(id, new Shard(id, 3, 0, shards.containsKey(id) ? shards.get(id).epoch() + 1 : 1, owners));
                }
            }
            settle();
            return shards.values();
        }

        void await(
            final RandomGenerator random, final Acknowledgements tested, final long deadlineNs, final List<IngestRequest> completed) {
            final int batches = 1 + random.nextInt(4);
            final IngestRequest request = request(completed, batches);
            final Waiting added = new Waiting(request, deadlineNs, new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < batches; i++) {
                final int shardId = random.nextInt(SHARDS);
                request.position(i, shardId, ++lastSequences[shardId]);
                added.shardIds.add(shardId);
                added.sequences.add(lastSequences[shardId]);
            }
            waiting.add(added);
            tested.await(request, deadlineNs);
        }

        void applied(final RandomGenerator random, final Acknowledgements tested) {
            final int shardId = random.nextInt(SHARDS);
            final int nodeId = 1 + random.nextInt(2);
            final long present = shards.containsKey(shardId) ? shards.get(shardId).epoch() : 0;
            final long epoch = Math.max(0, present + random.nextInt(8) / 6 - random.nextInt(8) / 6);
            final long incarnation = INCARNATION - random.nextInt(8) / 7;
            final long sequence = Math.max(0, lastSequences[shardId] - random.nextInt(6));
            final Word former = words.get(new Lane(shardId, nodeId));
            if (former == null || epoch > former.epoch || epoch == former.epoch
                && !Position.reached(former.incarnation, former.sequence, incarnation, sequence)) {
                words.put(new Lane(shardId, nodeId), new Word(epoch, incarnation, sequence));
            }
            settle();
            tested.onApplied(shardId, nodeId, 0, epoch, incarnation, sequence);
        }

        int expire(final long nowNs) {
            final int before = waiting.size();
            waiting.stream().filter(request -> request.deadlineNs <= nowNs)
                .forEach(request -> outcomes.put(request.request, IngestOutcome.NOT_APPLIED_IN_TIME));
            waiting.removeIf(request -> request.deadlineNs <= nowNs);
            return before - waiting.size();
        }

        Map<IngestRequest, IngestOutcome> outcomes() {
            return outcomes;
        }

        int waiting() {
            return waiting.size();
        }

        Map<IngestRequest, IngestOutcome> told(final List<IngestRequest> completed) {
            final Map<IngestRequest, IngestOutcome> told = new HashMap<>();
            completed.forEach(request -> told.put(request, request.outcome()));
            assertEquals(completed.size(), told.size(), "once each");
            return told;
        }

        /** What was once applied stays applied, whoever owns the shard later. */
        private void settle() {
            for (final Waiting request : waiting) {
                for (int i = request.shardIds.size() - 1; i >= 0; i--) {
                    if (isApplied(request.shardIds.get(i), request.sequences.get(i))) {
                        request.shardIds.remove(i);
                        request.sequences.remove(i);
                    }
                }
                if (request.shardIds.isEmpty()) {
                    outcomes.put(request.request, IngestOutcome.OK);
                }
            }
            waiting.removeIf(request -> request.shardIds.isEmpty());
        }

        private boolean isApplied(final int shardId, final long sequence) {
            final Shard shard = shards.get(shardId);
            boolean isApplied = false;
            for (final Owner owner : shard == null ? List.<Owner>of() : shard.owners()) {
                if (owner.state() == OwnerState.ACTIVE || owner.state() == OwnerState.IN_SYNC) {
                    final Word word = words.get(new Lane(shardId, owner.nodeId()));
                    if (word == null || word.epoch != shard.epoch()
                        || !Position.reached(word.incarnation, word.sequence, INCARNATION, sequence)) {
                        return false;
                    }
                    isApplied = true;
                }
            }
            return isApplied;
        }
    }
}
