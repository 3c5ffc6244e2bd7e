package io.truenow.hottier.warm;

import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeCounters;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import io.truenow.hottier.link.PeerSender;
import io.truenow.hottier.query.QueryAgent;
import io.truenow.hottier.query.QueryContext;
import io.truenow.hottier.query.QueryCounters;
import io.truenow.hottier.query.QueryTransport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;


/** A query agent with memory of its own, and both ends of its wire: asks one query after the other. One thread. */
final class PracticeReader implements AutoCloseable {
    private static final int NODE_ID = 2;
    private static final long LEAVES_BYTES = 1 << 18;

    private final GroupMemory groups;
    private final GroupMemory cubes;
    private final CubeStore store;
    private final QueryAgent agent;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final PartialResultDecoder partial = new PartialResultDecoder();
    private final Wire wire = new Wire();
    private UnsafeBuffer asked;
    private boolean isAnswered;
    private long rowsMatched;

    /** A reader of a lane's shards. */
    PracticeReader(
        final LaneMemory memory, final LaneExchange exchange, final CubeLimits limits, final MemoryTag tag, final Metrics metrics,
        final int number) {
        groups = new GroupMemory(tag);
        cubes = new GroupMemory(tag);
        store = new CubeStore(cubes, limits, CubeCounters.register(metrics, number));
        final ScanTools tools = new ScanTools(
            memory.values(), new BlockKernel(), groups, store, new ResolvedLeaves(memory.values(), LEAVES_BYTES), () -> false);
        final Catalog catalog = catalog();
        agent = new QueryAgent(new QueryContext(number, () -> wire, () -> catalog, memory, exchange, null,
            LaneCounters.register(metrics, number), QueryCounters.register(metrics, number), tools, ProcessClock.INSTANCE,
            PracticeReader::onError));
    }

    /**
     * Asks and waits for the whole answer.
     *
     * @return rows that the answer is about.
     * @throws IllegalStateException if there is none.
     */
    long ask(final UnsafeBuffer query) {
        asked = query;
        isAnswered = false;
        while (!isAnswered) {
            agent.doWork();
        }
        return rowsMatched;
    }

    /** Lets all cubes go, so that the next queries make them anew. */
    void forgetCubes() {
        store.clear();
    }

    @Override
    public void close() {
        agent.onClose();
        store.clear();
        groups.close();
        cubes.close();
    }

    private static void onError(final Throwable error) {
        throw new IllegalStateException("a query failed", error);
    }

    private static Catalog catalog() {
        return Catalog.EMPTY.change().put(new ServiceInstance(
            PracticeQueries.QUERY_NODE_ID, ServiceKind.QUERY, 1, 1, "", 0, 0, 0, ServiceState.ACTIVE, 1, 1, ServiceLease.NONE)).build(1);
    }

    private final class Wire implements QueryTransport, PeerSender {
        @Override
        public int nodeId() {
            return NODE_ID;
        }

        @Override
        public int poll(final FragmentHandler handler, final int fragmentLimit) {
            if (asked == null) {
                return 0;
            }
            handler.onFragment(asked, 0, asked.capacity(), null);
            asked = null;
            return 1;
        }

        @Override
        public PeerSender sender(final int queryNodeId) {
            return this;
        }

        @Override
        public void target(final ServiceInstance service) {
            // it is here
        }

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
            partial.wrapAndApplyHeader(buffer, offset, header);
            if (partial.status() != PartialStatus.OK) {
                throw new IllegalStateException("a query was answered " + partial.status());
            }
            rowsMatched = partial.rowsMatched();
            isAnswered = partial.last() == 1;
            return true;
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
