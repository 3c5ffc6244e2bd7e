package io.truenow.fabric.catalog.feed;

import io.aeron.Aeron;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.CatalogSubscribeEncoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import java.security.SecureRandom;
import java.util.List;

/**
 * Follows the committed catalog of the first reachable control member over UDP, and goes to the next when it falls silent. {@link
 * #catalog} may be called from any thread; {@link #doWork} belongs to one; constructor and {@link #close} to the launching thread, outside
 * the agent's run. The catalog is replaced as a whole: a reader sees one committed version.
 */
public final class CatalogFeed implements CatalogView, Agent, AutoCloseable {
    /** Room for the largest update in one message: an eighth of the term. */
    public static final int TERM_LENGTH_BYTES = 512 * 1024;

    private static final int FRAGMENT_LIMIT = 32;
    private static final long SUBSCRIBE_INTERVAL_NS = 200_000_000L;
    private static final long CONNECT_TIMEOUT_NS = 500_000_000L;
    private static final long SILENCE_TIMEOUT_NS = 1_500_000_000L;

    private final Aeron aeron;
    private final List<String> endpoints;
    private final ErrorHandler errors;
    private final NanoClock nanoClock = ProcessClock.INSTANCE;
    private final Subscription subscription;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onFragment);
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final CatalogSubscribeEncoder subscribeEncoder = new CatalogSubscribeEncoder();
    private final ExpandableArrayBuffer requestBuffer = new ExpandableArrayBuffer(256);
    private final CatalogUpdates updates;

    private String replyChannel;
    private int endpointIndex = -1;
    private PeerPublication publication;
    private boolean isRefusalTold;
    /** The subscriber that the member has been told of last. */
    private long toldSubscriberId;
    private long deadlineNs;
    private long nextSubscribeNs;
    private boolean hasAnswered;

    /**
     * Binds the endpoint on which updates arrive.
     *
     * @param localHost where this process is reached by control members.
     * @param endpoints of the members' catalog publication, see {@code ControlMembers.catalogEndpoints()}.
     */
    public CatalogFeed(final Aeron aeron, final String localHost, final List<String> endpoints, final ErrorHandler errors) {
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("no control endpoint");
        }
        this.aeron = aeron;
        this.endpoints = List.copyOf(endpoints);
        this.errors = errors;
        this.toldSubscriberId = new SecureRandom().nextLong();
        this.updates = new CatalogUpdates(toldSubscriberId, errors);
        this.subscription = aeron.addSubscription("aeron:udp?endpoint=" + HostText.endpoint(localHost, 0), StreamIds.CATALOG_UPDATE);
    }

    @Override
    public Catalog catalog() {
        return updates.catalog();
    }

    @Override
    public int doWork() {
        final long nowNs = nanoClock.nanoTime();
        int workCount = 0;
        if (replyChannel == null) {
            replyChannel = subscription.tryResolveChannelEndpointPort();
            if (replyChannel == null) {
                return 0;
            }
            // deadlines are relative to the first attempt
            nextEndpoint(nowNs);
            workCount++;
        }
        if (publication.isLost() && publication.failure() != null && !isRefusalTold) {
            isRefusalTold = true;
            errors.onError(new IllegalStateException("cannot reach a control member's catalog", publication.failure()));
        }
        final boolean isDue = toldSubscriberId != updates.subscriberId() || nowNs - nextSubscribeNs >= 0;
        if (isDue && publication.isConnected()) {
            workCount += subscribe(nowNs);
        }
        final int fragments = subscription.poll(assembler, FRAGMENT_LIMIT);
        if (hasAnswered) {
            hasAnswered = false;
            deadlineNs = nowNs + SILENCE_TIMEOUT_NS;
        } else if (nowNs - deadlineNs > 0) {
            nextEndpoint(nowNs);
            workCount++;
        }
        return workCount + fragments;
    }

    @Override
    public String roleName() {
        return "catalog-feed";
    }

    @Override
    public void close() {
        CloseHelper.closeAll(publication, subscription);
    }

    private void nextEndpoint(final long nowNs) {
        CloseHelper.close(publication);
        endpointIndex = (endpointIndex + 1) % endpoints.size();
        final String endpoint = endpoints.get(endpointIndex);
        updates.onNextMember(endpoint);
        publication = new PeerPublication(
            aeron, "aeron:udp?term-length=64k|linger=0|endpoint=" + endpoint, StreamIds.CATALOG_REQUEST, Doorbell.NONE);
        isRefusalTold = false;
        deadlineNs = nowNs + CONNECT_TIMEOUT_NS + SILENCE_TIMEOUT_NS;
    }

    private int subscribe(final long nowNs) {
        subscribeEncoder.wrapAndApplyHeader(requestBuffer, 0, headerEncoder)
            .subscriberId(updates.subscriberId())
            .heldVersion(updates.held().version())
            .catalogIdHigh(updates.held().idHigh())
            .catalogIdLow(updates.held().idLow())
            .replyStreamId(StreamIds.CATALOG_UPDATE)
            .replyChannel(replyChannel);
        final int lengthBytes = MessageHeaderEncoder.ENCODED_LENGTH + subscribeEncoder.encodedLength();
        if (publication.offer(requestBuffer, 0, lengthBytes) == Sent.YES) {
            toldSubscriberId = updates.subscriberId();
            nextSubscribeNs = nowNs + SUBSCRIBE_INTERVAL_NS;
            return 1;
        }
        return 0;
    }

    private void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        hasAnswered |= updates.onMessage(buffer, offset);
    }
}
