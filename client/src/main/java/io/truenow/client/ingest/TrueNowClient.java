package io.truenow.client.ingest;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.edge.ClientConnectedDecoder;
import io.truenow.codecs.edge.EdgeStatus;
import io.truenow.codecs.edge.IngestReplyDecoder;
import io.truenow.codecs.edge.MessageHeaderDecoder;
import io.truenow.codecs.edge.TableBoundDecoder;
import io.truenow.driver.DriverClock;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.position.Token;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.TableBinding;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Sends events to a gateway over Aeron. Belongs to one thread, which polls it; it has no thread but Aeron's. Batches are built here, column
 * by column, and stay in memory until they are acknowledged: after a lost connection or a restart of the gateway they are sent again under
 * the same ids, so an event still counts once.
 * <pre>
 *   try (TrueNowClient client = TrueNowClient.connect(new ClientContext().aeronDirectory(dir).ipc())) {
 *       final EventAppender events = client.bind("shop", "orders", List.of("country"), List.of("price"));
 *       events.startEvent(idBytes, eventTimeUs).dimension(0, "de").metric(0, 9.5);
 *       while (!events.endEvent()) {             // false: too much in flight
 *           client.poll();
 *       }
 *       client.drain();                          // flush, and wait for the acknowledgements
 *   }
 * </pre>
 */
public final class TrueNowClient implements AutoCloseable {
    private static final long RETRY_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long BIND_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final ClientContext context;
    private final MediaDriver driver;
    private final Aeron aeron;
    private final GatewayLink link;
    private final IdleStrategy idle = new BackoffIdleStrategy(50, 20, 1_000, 100_000);
    private final List<EventAppender> appenders = new ArrayList<>();
    private final InFlightBatch[] ring;
    private final long ackTimeoutNs;
    /** Latest position of each (shard, gateway): positions are dense, so it stands for all before it. */
    private final Map<Long, Position> latest = new TreeMap<>();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ClientConnectedDecoder connectedDecoder = new ClientConnectedDecoder();
    private final TableBoundDecoder boundDecoder = new TableBoundDecoder();
    private final IngestReplyDecoder replyDecoder = new IngestReplyDecoder();

    /** Batches oldestBatchId .. nextBatchId - 1 stand in the ring at id % length; some between may be free already. */
    private long oldestBatchId;
    private long nextBatchId;
    private int unsent;
    private long catalogVersion = -1;
    private long nextBindId = 1;
    private TableBindingReply bindReply;

    private record TableBindingReply(long correlationId, EdgeStatus status, TableBinding binding, String code, String message) {
    }

    private TrueNowClient(final ClientContext context, final MediaDriver driver, final Aeron aeron) {
        this.context = context;
        this.driver = driver;
        this.aeron = aeron;
        this.ackTimeoutNs = context.ackTimeout().toNanos();
        this.link = new GatewayLink(aeron, context, this::onReply, idle);
        this.ring = new InFlightBatch[context.maxInFlight()];
        for (int i = 0; i < ring.length; i++) {
            ring[i] = new InFlightBatch();
        }
    }

    /**
     * Opens a client and waits until a gateway answers.
     *
     * @throws TrueNowException with code {@code not_connected} if none does in time.
     */
    public static TrueNowClient connect(final ClientContext context) {
        context.conclude();
        MediaDriver driver = null;
        Aeron aeron = null;
        TrueNowClient client = null;
        try {
            if (context.isDriverEmbedded()) {
                driver = MediaDriver.launch(new MediaDriver.Context()
                    .aeronDirectoryName(context.aeronDirectory() == null ? CommonContext.generateRandomDirName() : context.aeronDirectory())
                    .threadingMode(ThreadingMode.SHARED)
                    .nanoClock(ProcessClock.INSTANCE)
                    .epochClock(ProcessClock.INSTANCE.epoch())
                    .dirDeleteOnStart(true)
                    .dirDeleteOnShutdown(true));
            }
            final Aeron.Context aeronContext = new Aeron.Context().nanoClock(ProcessClock.INSTANCE);
            if (driver != null) {
                aeronContext.aeronDirectoryName(driver.aeronDirectoryName()).epochClock(ProcessClock.INSTANCE.epoch());
            } else {
                if (context.aeronDirectory() != null) {
                    aeronContext.aeronDirectoryName(context.aeronDirectory());
                }
                // where there is no driver yet, Aeron waits for one by the machine's clock
                aeronContext.epochClock(DriverClock.in(Path.of(aeronContext.aeronDirectoryName()), ProcessClock.INSTANCE));
            }
            aeron = Aeron.connect(aeronContext);
            client = new TrueNowClient(context, driver, aeron);
            client.awaitConnected();
            return client;
        } catch (final RuntimeException e) {
            if (client != null) {
                client.close();
            } else {
                CloseHelper.quietCloseAll(aeron, driver);
            }
            throw e;
        }
    }

    /**
     * Creates the table or extends its schema as far as needed, and gives the way to append to it. Waits for the answer.
     *
     * @param dimensions names; the appender knows them by their index in this list.
     * @param metrics    names; the appender knows them by their index in this list.
     * @throws TrueNowException if refused, with the gateway's code, or not answered in time, with code {@code timeout}.
     */
    public EventAppender bind(final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        // half a surrogate pair would become a question mark on its way to the gateway, which judges the rest
        if (!dimensions.stream().allMatch(Names::isColumn)) {
            throw new TrueNowException(ProblemCode.INVALID_DIMENSION, "a dimension's name is " + Names.COLUMN_RULE);
        }
        if (!metrics.stream().allMatch(Names::isColumn)) {
            throw new TrueNowException(ProblemCode.INVALID_METRIC, "a metric's name is " + Names.COLUMN_RULE);
        }
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + context.timeout().toNanos();
        final long correlationId = nextBindId++;
        final BindTableMessage message = new BindTableMessage(link.sessionId(), correlationId, namespace, table, dimensions, metrics);
        long nextSendNs = ProcessClock.INSTANCE.nanoTime();
        bindReply = null;
        idle.reset();
        while (true) {
            final long nowNs = ProcessClock.INSTANCE.nanoTime();
            if (bindReply != null && bindReply.correlationId == correlationId) {
                if (bindReply.status == EdgeStatus.OK) {
                    final EventAppender appender = new EventAppender(this, bindReply.binding, dimensions, metrics);
                    appenders.add(appender);
                    return appender;
                }
                if (bindReply.status == EdgeStatus.REJECTED || nowNs - deadlineNs > 0) {
                    throw new TrueNowException(bindReply.code, bindReply.message);
                }
                bindReply = null;
                nextSendNs = nowNs + RETRY_DELAY_NS;
            }
            if (nowNs - deadlineNs > 0) {
                throw new TrueNowException(ProblemCode.TIMEOUT, "the gateway did not bind " + namespace + '.' + table + " in time");
            }
            if (nowNs - nextSendNs >= 0 && link.isConnected() && link.offer(message.buffer(), message.length())) {
                nextSendNs = nowNs + BIND_INTERVAL_NS;
            }
            idle.idle(poll());
        }
    }

    /**
     * Sends what is ready, takes answers, keeps the connection.
     *
     * @return how much there was to do.
     * @throws TrueNowException with code {@code driver_lost} when the media driver has gone; nothing but {@link #close} helps then.
     */
    public int poll() {
        final long nowNs = ProcessClock.INSTANCE.nanoTime();
        int work = link.poll(nowNs);
        if (link.isConnected()) {
            if (oldestBatchId != nextBatchId) {
                final InFlightBatch oldest = ring[index(oldestBatchId)];
                if (oldest.state == InFlightBatch.State.SENT && nowNs - oldest.timeNs > ackTimeoutNs) {
                    resendAll(nowNs);
                }
            }
            if (unsent > 0) {
                work += send(nowNs);
            }
        }
        return work;
    }

    /**
     * Makes batches of all rows appended so far and sends what can be sent.
     *
     * @return false if some did not fit among the batches in flight: poll and call again.
     */
    public boolean flush() {
        boolean flushed = true;
        for (int i = 0; i < appenders.size(); i++) {
            flushed &= appenders.get(i).flush();
        }
        return flushed;
    }

    /**
     * Flushes and waits until nothing is in flight.
     *
     * @throws TrueNowException with code {@code timeout} if that takes longer than the context's timeout.
     */
    public void drain() {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + context.timeout().toNanos();
        idle.reset();
        while (!flush() || inFlight() > 0) {
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                throw new TrueNowException(ProblemCode.TIMEOUT, "the gateway did not acknowledge everything in time");
            }
            idle.idle(poll());
        }
    }

    /** Batches not acknowledged yet; a few more where a later one was acknowledged before an earlier one. */
    public int inFlight() {
        return (int) (nextBatchId - oldestBatchId);
    }

    /** Id of the youngest batch, -1 before the first. */
    public long lastBatchId() {
        return nextBatchId - 1;
    }

    /** Whether a gateway answers at the moment. */
    public boolean isConnected() {
        return link.isConnected();
    }

    /** A token of everything acknowledged so far: a query that carries it includes those events. */
    public Token token() {
        return new Token(catalogVersion, List.copyOf(latest.values()));
    }

    /** Forgets what was neither sent nor acknowledged: {@link #drain} first. */
    @Override
    public void close() {
        CloseHelper.quietCloseAll(link, aeron, driver);
        for (final InFlightBatch batch : ring) {
            batch.free();
        }
    }

    /** Takes the builder's rows as the next batch. False if too much is in flight. */
    boolean submit(final BatchBuilder builder) {
        final InFlightBatch batch = ring[index(nextBatchId)];
        if (nextBatchId - oldestBatchId == ring.length) {
            return false;
        }
        final long nowNs = ProcessClock.INSTANCE.nanoTime();
        batch.encode(builder, link.sessionId(), nextBatchId, context.ackLevel(), nowNs);
        nextBatchId++;
        unsent++;
        if (unsent == 1 && link.isConnected()) {
            trySend(batch, nowNs);
        }
        return true;
    }

    private int send(final long nowNs) {
        int sent = 0;
        for (long id = oldestBatchId; id < nextBatchId && unsent > 0; id++) {
            final InFlightBatch batch = ring[index(id)];
            if (batch.state == InFlightBatch.State.UNSENT && nowNs - batch.timeNs >= 0) {
                if (!trySend(batch, nowNs)) {
                    break;
                }
                sent++;
            }
        }
        return sent;
    }

    private boolean trySend(final InFlightBatch batch, final long nowNs) {
        if (!link.offer(batch.message(), batch.lengthBytes)) {
            return false;
        }
        batch.state = InFlightBatch.State.SENT;
        batch.timeNs = nowNs;
        unsent--;
        return true;
    }

    private void resendAll(final long nowNs) {
        for (long id = oldestBatchId; id < nextBatchId; id++) {
            final InFlightBatch batch = ring[index(id)];
            if (batch.state == InFlightBatch.State.SENT) {
                batch.state = InFlightBatch.State.UNSENT;
                batch.timeNs = nowNs;
                unsent++;
            }
        }
    }

    private void onReply(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        headerDecoder.wrap(buffer, offset);
        if (headerDecoder.schemaId() != IngestReplyDecoder.SCHEMA_ID) {
            return;
        }
        switch (headerDecoder.templateId()) {
            case ClientConnectedDecoder.TEMPLATE_ID -> {
                connectedDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
                final long nowNs = ProcessClock.INSTANCE.nanoTime();
                if (connectedDecoder.sessionId() == link.sessionId() && link.onConnected(connectedDecoder.incarnation(), nowNs)) {
                    resendAll(nowNs);
                }
            }
            case TableBoundDecoder.TEMPLATE_ID -> onTableBound(boundDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder));
            case IngestReplyDecoder.TEMPLATE_ID -> onIngestReply(replyDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder));
            default -> {
                // of a later version
            }
        }
    }

    private void onTableBound(final TableBoundDecoder decoder) {
        final TableBinding.Schema schema = new TableBinding.Schema(
            decoder.tableId(), decoder.hashKey0(), decoder.hashKey1(), decoder.schemaVersion(), decoder.layoutVersion());
        final long correlationId = decoder.correlationId();
        final EdgeStatus status = decoder.status();
        final long version = decoder.catalogVersion();
        final List<Integer> shardIds = new ArrayList<>();
        for (final TableBoundDecoder.ShardsDecoder shard : decoder.shards()) {
            shardIds.add(shard.shardId());
        }
        final List<String> dimensions = new ArrayList<>();
        for (final TableBoundDecoder.DimensionsDecoder dimension : decoder.dimensions()) {
            dimensions.add(dimension.name());
        }
        final List<String> metrics = new ArrayList<>();
        for (final TableBoundDecoder.MetricsDecoder metric : decoder.metrics()) {
            metrics.add(metric.name());
        }
        final String code = decoder.code();
        final String message = decoder.message();
        TableBinding binding = null;
        if (status == EdgeStatus.OK) {
            binding = new TableBinding(schema, dimensions, metrics, shardIds);
            catalogVersion = Math.max(catalogVersion, version);
        }
        bindReply = new TableBindingReply(correlationId, status, binding, code, message);
    }

    private void onIngestReply(final IngestReplyDecoder decoder) {
        final long batchId = decoder.correlationId();
        if (batchId < oldestBatchId || batchId >= nextBatchId) {
            return;
        }
        final InFlightBatch batch = ring[index(batchId)];
        if (batch.state == InFlightBatch.State.FREE) {
            return;
        }
        if (decoder.status() == EdgeStatus.RETRY) {
            if (batch.state == InFlightBatch.State.SENT) {
                batch.state = InFlightBatch.State.UNSENT;
                batch.timeNs = ProcessClock.INSTANCE.nanoTime() + RETRY_DELAY_NS;
                unsent++;
            }
            return;
        }
        if (batch.state == InFlightBatch.State.UNSENT) {
            unsent--;
        }
        batch.state = InFlightBatch.State.FREE;
        while (oldestBatchId < nextBatchId && ring[index(oldestBatchId)].state == InFlightBatch.State.FREE) {
            oldestBatchId++;
        }
        final boolean isAcknowledged = decoder.status() == EdgeStatus.OK;
        final Position position = notePositions(decoder);
        if (isAcknowledged) {
            if (decoder.repeated() > 0) {
                context.listener().onRepeated(batchId, decoder.repeated());
            }
            final boolean isLate = decoder.codeLength() > 0;
            context.listener().onAcknowledged(batchId, batch.rows, position, isLate ? AckLevel.JOURNALED : context.ackLevel());
        } else {
            context.listener().onRejected(batchId, batch.rows, decoder.code(), decoder.message());
        }
    }

    /** Returns the last one, null if there is none. */
    private Position notePositions(final IngestReplyDecoder decoder) {
        Position position = null;
        for (final IngestReplyDecoder.PositionsDecoder each : decoder.positions()) {
            position = new Position(each.shardId(), each.gatewayId(), each.incarnation(), each.sequence());
            final long key = (long) each.shardId() << 32 | each.gatewayId() & 0xffff_ffffL;
            final Position known = latest.get(key);
            if (known == null
                || !Position.reached(known.incarnation(), known.sequence(), position.incarnation(), position.sequence())) {
                latest.put(key, position);
            }
        }
        return position;
    }

    private void awaitConnected() {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + context.timeout().toNanos();
        idle.reset();
        while (!link.isConnected()) {
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                throw new TrueNowException(ProblemCode.NOT_CONNECTED, "no gateway answered in time" + link.whyAway());
            }
            idle.idle(poll());
        }
    }

    private int index(final long batchId) {
        return (int) (batchId % ring.length);
    }
}
