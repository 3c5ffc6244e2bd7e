package io.truenow.control.publication;

import io.aeron.Aeron;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.CatalogSubscribeDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.control.state.CatalogChange;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.feed.CatalogFeed;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Iterator;

/**
 * Brings views to the committed catalog: a snapshot in parts, then changes, then heartbeats. {@link #onChange} is for the state machine's
 * thread, {@link #catalog} for any, {@link #doWork} for the agent's one; constructor and {@link #close} for the launching thread, outside
 * the agent's run.
 */
public final class CatalogPublisherAgent implements Agent, CatalogView, AutoCloseable {
    /** With the update's header below 60 KiB. */
    private static final int MAX_PART_BYTES = 56 * 1024;
    private static final int MAX_SUBSCRIBERS = 1_024;
    private static final int FRAGMENT_LIMIT = 16;
    private static final int CHANGE_LIMIT = 64;
    private static final long SILENCE_TIMEOUT_NS = 3_000_000_000L;

    private final Aeron aeron;
    private final Subscription requests;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onFragment);
    private final NanoClock nanoClock = ProcessClock.INSTANCE;
    /** Unbounded: the state machine must not wait, and changes are as rare as tables and services are created. */
    private final ManyToOneConcurrentLinkedQueue<CatalogChange> changes = new ManyToOneConcurrentLinkedQueue<>();
    private final CatalogMirror mirror = new CatalogMirror(MAX_PART_BYTES);
    private final UnsafeBuffer recordBuffer = new UnsafeBuffer(0, 0);
    private final Long2ObjectHashMap<CatalogSubscriber> subscribers = new Long2ObjectHashMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final CatalogSubscribeDecoder request = new CatalogSubscribeDecoder();
    private volatile Catalog catalog = Catalog.EMPTY;
    private volatile int subscriberCount;
    private long nowNs;

    /**
     * Binds the endpoint where views ask.
     *
     * @param endpoint {@code host:port}.
     */
    public CatalogPublisherAgent(final Aeron aeron, final String endpoint) {
        this.aeron = aeron;
        this.requests = aeron.addSubscription("aeron:udp?endpoint=" + endpoint, StreamIds.CATALOG_REQUEST);
    }

    /** A committed change; in order of versions. */
    public void onChange(final CatalogChange change) {
        changes.add(change);
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    /** Views that are followed now. */
    public int subscriberCount() {
        return subscriberCount;
    }

    @Override
    public int doWork() {
        nowNs = nanoClock.nanoTime();
        int workCount = applyChanges() + requests.poll(assembler, FRAGMENT_LIMIT);
        final Iterator<CatalogSubscriber> iterator = subscribers.values().iterator();
        while (iterator.hasNext()) {
            final CatalogSubscriber subscriber = iterator.next();
            if (subscriber.isSilent(nowNs, SILENCE_TIMEOUT_NS)) {
                iterator.remove();
                subscriber.close();
                subscriberCount = subscribers.size();
                workCount++;
            } else if (mirror.version() >= 0) {
                workCount += subscriber.send(mirror, nowNs);
            }
        }
        return workCount;
    }

    @Override
    public String roleName() {
        return "catalog-publisher";
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(subscribers.values());
        subscribers.clear();
        CloseHelper.quietClose(requests);
    }

    private int applyChanges() {
        int count = 0;
        CatalogBuilder next = catalog.change();
        CatalogChange change = changes.poll();
        while (change != null) {
            count++;
            mirror.apply(change);
            next = change.isWhole() ? new CatalogBuilder() : next;
            recordBuffer.wrap(change.records());
            next.apply(recordBuffer, 0, change.records().length);
            change = count < CHANGE_LIMIT ? changes.poll() : null;
        }
        if (count > 0) {
            catalog = next.build(mirror.catalogIdHigh(), mirror.catalogIdLow(), mirror.version());
        }
        return count;
    }

    private void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header fragmentHeader) {
        header.wrap(buffer, offset);
        if (header.templateId() != CatalogSubscribeDecoder.TEMPLATE_ID || header.schemaId() != CatalogSubscribeDecoder.SCHEMA_ID) {
            return;
        }
        request.wrapAndApplyHeader(buffer, offset, header);
        final CatalogSubscriber known = subscribers.get(request.subscriberId());
        if (known != null) {
            known.onSignOfLife(nowNs);
        } else if (mirror.version() >= 0 && subscribers.size() < MAX_SUBSCRIBERS) {
            add();
        }
    }

    private void add() {
        final boolean isOurs = request.catalogIdHigh() == mirror.catalogIdHigh() && request.catalogIdLow() == mirror.catalogIdLow();
        // a view may be ahead of this member: it is sent what comes, and waits until that is news
        final long heldVersion = isOurs && request.heldVersion() <= mirror.version() ? request.heldVersion() : -1;
        final long subscriberId = request.subscriberId();
        final int streamId = request.replyStreamId();
        final String channel = request.replyChannel();
        if (channel.startsWith("aeron:udp?")) {
            final String bounded = channel + "|linger=0|term-length=" + CatalogFeed.TERM_LENGTH_BYTES;
            subscribers.put(subscriberId, new CatalogSubscriber(subscriberId, aeron, bounded, streamId, heldVersion, nowNs));
            subscriberCount = subscribers.size();
        }
    }
}
