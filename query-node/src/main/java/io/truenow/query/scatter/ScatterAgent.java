package io.truenow.query.scatter;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.codecs.query.LaneStatsDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.Sent;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.query.merge.AnswerMetadata;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.merge.PartialMerge;
import io.truenow.query.plan.BoundPlan;
import io.truenow.query.plan.RefusedQueryException;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;

/**
 * Carries out a query node's queries: owns the links to lanes, all running queries and their merges. Everything happens on its one thread;
 * others reach it through {@link #proxy}.
 */
public final class ScatterAgent implements Agent {
    private static final int TASK_LIMIT = 64;
    private static final int FRAGMENT_LIMIT = 64;
    private static final long SWEEP_INTERVAL_NS = 200_000L;

    private final CatalogView catalogView;
    private final LaneLinks links;
    private final ScatterSettings settings;
    private final MergeBudget budget;
    private final ScatterMetrics metrics;
    private final ErrorHandler errors;
    private final NanoClock nanoClock;
    private final ManyToOneConcurrentArrayQueue<Object> tasks;
    private final ScatterProxy proxy;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onMessage);
    private final QueryMessages messages = new QueryMessages();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final PartialResultDecoder partialDecoder = new PartialResultDecoder();
    private final LaneStatsDecoder statsDecoder = new LaneStatsDecoder();
    private final PartialBodyReader bodyReader = new PartialBodyReader();
    private final PartialMerge merge = new PartialMerge();
    private final List<RunningQuery> queries = new ArrayList<>();
    private final List<AnswerMetadata.Range> missingRanges = new ArrayList<>();
    private final List<RunningStats> statistics = new ArrayList<>();
    private final Long2ObjectHashMap<LaneTarget> targets = new Long2ObjectHashMap<>();
    private Catalog catalog;
    private long dutyCycleNs;
    private long sweptNs;
    private long lastCorrelationId;

    ScatterAgent(
        final CatalogView catalogView,
        final LaneLinks links,
        final ScatterSettings settings,
        final MergeBudget budget,
        final ScatterMetrics metrics,
        final ErrorHandler errors,
        final NanoClock nanoClock) {
        this.catalogView = catalogView;
        this.links = links;
        this.settings = settings;
        this.budget = budget;
        this.metrics = metrics;
        this.errors = errors;
        this.nanoClock = nanoClock;
        this.tasks = new ManyToOneConcurrentArrayQueue<>(settings.maxConcurrent());
        this.proxy = new ScatterProxy(tasks, settings.doorbell());
        this.catalog = catalogView.catalog();
        this.lastCorrelationId = settings.incarnation() << Integer.SIZE;
    }

    /** An agent over Aeron; it closes the links. */
    public static ScatterAgent over(
        final CatalogView catalogView,
        final AeronLaneLinks links,
        final ScatterSettings settings,
        final MergeBudget budget,
        final ScatterMetrics metrics,
        final ErrorHandler errors,
        final NanoClock nanoClock) {
        return new ScatterAgent(catalogView, links, settings, budget, metrics, errors, nanoClock);
    }

    /** The way in. */
    public ScatterProxy proxy() {
        return proxy;
    }

    @Override
    public String roleName() {
        return "query-scatter";
    }

    @Override
    public int doWork() {
        dutyCycleNs = nanoClock.nanoTime();
        catalog = catalogView.catalog();
        int work = links.doWork(catalog);
        work += links.poll(assembler, FRAGMENT_LIMIT);
        work += pollTasks();
        work += advanceQueries(dutyCycleNs - sweptNs >= SWEEP_INTERVAL_NS);
        metrics.onDutyCycle(dutyCycleNs, queries.size());
        return work;
    }

    /** Refuses what is under way. The links are closed here, on their thread, and again by their owner in case this is never called. */
    @Override
    public void onClose() {
        proxy.close();
        final Problem refusal = Problem.of(ProblemCode.SHUTTING_DOWN, "this query node is shutting down");
        queries.forEach(query -> query.refuse(refusal));
        queries.clear();
        statistics.forEach(RunningStats::shutDown);
        statistics.clear();
        tasks.drain(task -> {
            if (task instanceof QueryTask query) {
                query.reply().refuse(refusal);
            } else {
                ((StatsReply) task).onUnavailable();
            }
        });
        links.close();
    }

    private int pollTasks() {
        int work = 0;
        while (work < TASK_LIMIT) {
            final Object task = tasks.poll();
            if (task == null) {
                break;
            }
            work++;
            if (task instanceof QueryTask query) {
                onQuery(query);
            } else {
                onStatsRequest((StatsReply) task);
            }
        }
        return work;
    }

    private void onQuery(final QueryTask task) {
        if (links.queryNodeId() < 0) {
            task.reply().refuse(Problem.of(ProblemCode.NOT_READY, "this query node has not been registered yet"));
        } else if (queries.size() >= settings.maxConcurrent()) {
            task.reply().refuse(Problem.of(ProblemCode.TOO_MANY_QUERIES, "this query node runs as many queries as it may; try again"));
        } else {
            final RunningQuery query = new RunningQuery(task, this);
            queries.add(query);
            advance(query);
        }
    }

    private void onStatsRequest(final StatsReply reply) {
        if (links.queryNodeId() < 0) {
            reply.onUnavailable();
        } else {
            statistics.add(new RunningStats(reply, this, dutyCycleNs));
        }
    }

    private int advanceQueries(final boolean isSweep) {
        int work = 0;
        for (int i = queries.size() - 1; i >= 0; i--) {
            final RunningQuery query = queries.get(i);
            if (isSweep || query.isWriting()) {
                work += advance(query);
            }
            if (query.isEnded()) {
                queries.set(i, queries.getLast());
                queries.removeLast();
            }
        }
        for (int i = statistics.size() - 1; i >= 0; i--) {
            work += isSweep ? statistics.get(i).advance(dutyCycleNs) : 0;
            if (statistics.get(i).isEnded()) {
                statistics.remove(i);
            }
        }
        sweptNs = isSweep ? dutyCycleNs : sweptNs;
        return work;
    }

    private int advance(final RunningQuery query) {
        try {
            return query.advance(dutyCycleNs);
        } catch (final RuntimeException e) {
            onFailure(query, e);
            return 1;
        }
    }

    /** One query's failure is not another's. */
    private void onFailure(final RunningQuery query, final RuntimeException failure) {
        errors.onError(new IllegalStateException("a query failed unexpectedly", failure));
        query.refuse(Problem.of(ProblemCode.INTERNAL_ERROR, "the query failed for a reason that is this node's; its log says more"));
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        headerDecoder.wrap(buffer, offset);
        if (length < MessageHeaderDecoder.ENCODED_LENGTH || headerDecoder.schemaId() != PartialResultDecoder.SCHEMA_ID) {
            return;
        }
        if (headerDecoder.templateId() == PartialResultDecoder.TEMPLATE_ID) {
            onPartial(partialDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder), offset + length);
        } else if (headerDecoder.templateId() == LaneStatsDecoder.TEMPLATE_ID) {
            statsDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
            for (int i = 0; i < statistics.size(); i++) {
                statistics.get(i).onStats(statsDecoder);
            }
        }
    }

    private void onPartial(final PartialResultDecoder partial, final int endOffset) {
        metrics.onPartial();
        final LaneTarget target = targets.get(partial.correlationId());
        if (target == null || target.nodeId != partial.nodeId() || target.lane != partial.lane()) {
            metrics.onStrayPartial();
            return;
        }
        final RunningQuery query = target.query;
        try {
            query.onPartial(target, partial, wrapBody(partial, endOffset), dutyCycleNs);
        } catch (final RuntimeException e) {
            onFailure(query, e);
        }
        if (!query.isEnded()) {
            advance(query);
        }
    }

    /** The part's body, or null if it is not one. */
    private PartialBodyReader wrapBody(final PartialResultDecoder partial, final int endOffset) {
        PartialResultDecoder.VectorDecoder vector = partial.vector();
        while (vector.hasNext()) {
            vector = vector.next();
        }
        missingRanges.clear();
        for (final PartialResultDecoder.MissingDecoder missing : partial.missing()) {
            missingRanges.add(new AnswerMetadata.Range(missing.shardId(), missing.startUs(), missing.endUs()));
        }
        final int bodyOffset = partial.limit() + PartialResultDecoder.bodyHeaderLength();
        if (bodyOffset > endOffset) {
            return null;
        }
        final int bodyLength = partial.bodyLength();
        return bodyLength <= endOffset - bodyOffset && bodyReader.wrap(partial.buffer(), bodyOffset, bodyLength, partial.groupCount(),
            partial.dimensionCount(), partial.metricCount(), partial.sketchCount()) ? bodyReader : null;
    }

    /** Of the partial result at hand. */
    List<AnswerMetadata.Range> missingRanges() {
        return missingRanges;
    }

    Catalog catalog() {
        return catalog;
    }

    LaneLinks links() {
        return links;
    }

    ScatterSettings settings() {
        return settings;
    }

    MergeBudget budget() {
        return budget;
    }

    PartialMerge merge() {
        return merge;
    }

    ScatterMetrics metrics() {
        return metrics;
    }

    ByteBufAllocator allocator() {
        // the one that the edges have warmed
        return ByteBufAllocator.DEFAULT;
    }

    long nowNs() {
        return nanoClock.nanoTime();
    }

    long nextCorrelationId() {
        return ++lastCorrelationId;
    }

    LaneTarget newTarget(final RunningQuery query, final int nodeId, final int lane) {
        final LaneTarget target = new LaneTarget(query, nextCorrelationId(), nodeId, lane);
        targets.put(target.correlationId, target);
        return target;
    }

    void forget(final LaneTarget target) {
        targets.remove(target.correlationId);
    }

    Sent send(
        final BoundPlan plan, final LaneTarget target, final long startTimeUs, final int timeoutMs, final Catalog current) {
        final ServiceInstance node = current.service(target.nodeId);
        if (node == null) {
            return Sent.AWAY;
        }
        final int lengthBytes = messages.encodeQuery(
            plan, target, startTimeUs, timeoutMs, new QueryMessages.Sender(links.queryNodeId(), settings.incarnation()));
        if (lengthBytes > QueryMessages.MAX_PLAN_BYTES) {
            throw new RefusedQueryException(Problem.ofField(ProblemCode.QUERY_TOO_LARGE, "filters",
                "filters and token together are larger than " + QueryMessages.MAX_PLAN_BYTES + " bytes; ask with fewer values"));
        }
        return links.send(node, target.lane, messages.buffer(), lengthBytes);
    }

    /** Best effort: a lane that does not hear of it stops at the query's timeout. */
    void sendCancel(final LaneTarget target) {
        final ServiceInstance node = catalog.service(target.nodeId);
        if (node != null) {
            links.send(node, target.lane, messages.buffer(), messages.encodeCancel(target.correlationId, links.queryNodeId()));
        }
    }

    boolean sendStatsRequest(final long correlationId, final int nodeId, final int lane) {
        final ServiceInstance node = catalog.service(nodeId);
        return node != null && links.send(node, lane, messages.buffer(),
            messages.encodeStatsRequest(correlationId, links.queryNodeId())) == Sent.YES;
    }
}
