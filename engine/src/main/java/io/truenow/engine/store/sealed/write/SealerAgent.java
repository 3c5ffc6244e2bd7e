package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentNames;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.ShardState;
import org.agrona.concurrent.Agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Does what lanes ask to be done with files, a task at a time, the lanes in turn: one for a node, on a thread of its own, since a task may
 * take seconds. Every task is answered; one that fails leaves all as it was.
 */
public final class SealerAgent implements Agent {
    /** Memory for so many rows is held from the start, if that is a small part of the budget: sealing is what gives memory back. */
    private static final long RESERVED_ROWS = 1 << 20;
    private static final long RESERVED_AT_MOST = 64;

    private final SealerContext context;
    private final SegmentWriter writer;
    private final Deletions deletions;
    private final StateWrites states;
    private int nextLane;

    /** Takes its first memory. */
    public SealerAgent(final SealerContext context) {
        this.context = context;
        this.writer = new SegmentWriter(context.files(), context.tag());
        this.deletions = new Deletions(context.files(), context.counters());
        this.states = new StateWrites(context.counters(), context.clock());
        writer.reserve((int) Math.min(RESERVED_ROWS, context.tag().limitBytes() / RESERVED_AT_MOST / Long.BYTES));
    }

    /** Lanes whose state could not be written when that was tried last: 0 if all is well. Any thread. */
    public int statesUnwritten() {
        return states.unwritten();
    }

    @Override
    public int doWork() {
        int work = 0;
        for (final SealerContext.Lane lane : context.lanes()) {
            work += lane.seals().flushAnswers();
        }
        for (int i = 0; i < context.lanes().size(); i++) {
            final SealerContext.Lane lane = context.lanes().get(nextLane);
            nextLane = (nextLane + 1) % context.lanes().size();
            final SealTask task = lane.seals().pollTask();
            if (task != null) {
                lane.seals().answer(answer(lane, task));
                return work + 1;
            }
        }
        return work + deletions.doWork(context.clock().nanoTime());
    }

    @Override
    public String roleName() {
        return "sealer";
    }

    @Override
    public void onClose() {
        writer.close();
    }

    private SealDone answer(final SealerContext.Lane lane, final SealTask task) {
        final long startNs = context.clock().nanoTime();
        try {
            return new SealDone(task, perform(lane, task), null);
        } catch (final IOException | RuntimeException | Error e) {
            // an InternalError is how a mapped page that the disk cannot read is told; a lane that gets no answer would wait for good
            context.counters().failures().incrementRelease();
            if (!(e instanceof IOException)) {
                context.errors().onError(e);
            }
            return new SealDone(task, null, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        } finally {
            context.counters().busyNs().getAndAddRelease(context.clock().nanoTime() - startNs);
        }
    }

    private SealedSegment perform(final SealerContext.Lane lane, final SealTask task) throws IOException {
        return switch (task) {
            case SealTask.Write write -> write(lane, write);
            case SealTask.Unmap unmap -> {
                unmap.segment().close();
                yield null;
            }
            case SealTask.Delete delete -> {
                delete.segment().close();
                if (delete.segment() instanceof SealedSegment sealed) {
                    deletions.delete(sealed.file());
                }
                yield null;
            }
            case SealTask.Forget forget -> {
                lane.state().forget(forget.shardId());
                deletions.forget(directory(lane, forget.shardId()), forget.uid());
                if (lane.seals().tasksWaiting() == 0) {
                    states.flush(lane);
                }
                yield null;
            }
            case SealTask.Settle settle -> {
                settle(directory(lane, settle.shardId()));
                yield null;
            }
            case SealTask.Keep keep -> {
                states.keep(lane, keep.uid(), keep.shards());
                yield null;
            }
        };
    }

    private SealedSegment write(final SealerContext.Lane lane, final SealTask.Write task) throws IOException {
        final ShardState shard = task.shard();
        final SegmentOwner owner = new SegmentOwner(
            shard.catalogIdHigh(), shard.catalogIdLow(), lane.lane(), shard.tableId(), shard.shardId());
        final SegmentIdentity identity = new SegmentIdentity(
            owner, task.spanStartUs(), task.uid(), task.sources().stream().map(Segment::uid).toList(), task.durable());
        final Path directory = directory(lane, shard.shardId());
        deletions.finish(directory);
        // at least room for it: a shard whose files are to go must be able to say so, though the disk be full then
        states.keep(lane, task.uid(), List.of(shard));
        final SealedSegment segment = writer.write(identity, task.sources(), lane.memory(), directory);
        context.counters().filesWritten().incrementRelease();
        context.counters().rowsWritten().getAndAddRelease(segment.rowCount());
        context.counters().bytesWritten().getAndAddRelease(segment.fileBytes());
        return segment;
    }

    private void settle(final Path directory) throws IOException {
        for (final Path file : context.files().list(directory)) {
            final String name = file.getFileName().toString();
            if (name.endsWith(SegmentNames.DAMAGED)) {
                context.files().rename(file, file.resolveSibling(name + SegmentNames.SETTLED));
            }
        }
    }

    private Path directory(final SealerContext.Lane lane, final int shardId) {
        return SealedDirectory.shardDirectory(context.directory(), lane.lane(), shardId);
    }
}
