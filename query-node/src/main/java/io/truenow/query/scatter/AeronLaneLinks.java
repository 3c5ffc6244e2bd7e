package io.truenow.query.scatter;

import io.aeron.Aeron;
import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Long2ObjectHashMap;

import java.util.function.IntSupplier;

/** Links over Aeron: one exclusive publication a lane, one inbox stream for all answers. Belongs to the scatter agent's thread. */
public final class AeronLaneLinks implements LaneLinks {
    private final Aeron aeron;
    private final PeerChannels channels;
    private final Inbox inbox;
    private final IntSupplier serviceId;
    private final Doorbell lanes;
    private final ErrorHandler errors;
    private final Long2ObjectHashMap<Link> links = new Long2ObjectHashMap<>();
    private InboxSubscription answers;
    private int subscribedId = -1;
    private long seenVersion = -1;

    /**
     * Links of one query node.
     *
     * @param inbox     this node's address; closed by its owner, after these.
     * @param serviceId the id that the catalog gave this node, -1 until it has; read once a duty cycle.
     * @param lanes     doorbell of the lanes' query agents in this process.
     */
    public AeronLaneLinks(
        final Aeron aeron,
        final PeerChannels channels,
        final Inbox inbox,
        final IntSupplier serviceId,
        final Doorbell lanes,
        final ErrorHandler errors) {
        this.aeron = aeron;
        this.channels = channels;
        this.inbox = inbox;
        this.serviceId = serviceId;
        this.lanes = lanes;
        this.errors = errors;
    }

    @Override
    public int queryNodeId() {
        return subscribedId;
    }

    @Override
    public int doWork(final Catalog catalog) {
        int work = 0;
        final int id = serviceId.getAsInt();
        if (id >= 0 && id != subscribedId) {
            // once in a process' life, so that the agent may wait for the driver here
            CloseHelper.close(answers);
            answers = inbox.subscribe(StreamIds.queryInbox(id));
            subscribedId = id;
            work++;
        }
        if (catalog.version() != seenVersion) {
            seenVersion = catalog.version();
            links.values().removeIf(link -> {
                final ServiceInstance node = catalog.service(link.nodeId);
                final boolean isStale = node == null || !channels.publicationTo(node).equals(link.publication.channel());
                if (isStale) {
                    link.publication.close();
                }
                return isStale;
            });
            work++;
        }
        return work;
    }

    @Override
    public Sent send(final ServiceInstance node, final int lane, final DirectBuffer buffer, final int lengthBytes) {
        Link link = links.get(key(node.id(), lane));
        if (link == null) {
            link = new Link(node.id(),
                new PeerPublication(aeron, channels.publicationTo(node), StreamIds.query(node.id(), lane), lanes));
            links.put(key(node.id(), lane), link);
        }
        final PeerPublication publication = link.publication;
        if (publication.isLost()) {
            if (publication.failure() != null) {
                errors.onError(new IllegalStateException("the media driver refuses a publication to a lane", publication.failure()));
            }
            publication.reopen();
        }
        return publication.offer(buffer, 0, lengthBytes);
    }

    @Override
    public boolean isConnected(final int nodeId, final int lane) {
        final Link link = links.get(key(nodeId, lane));
        return link != null && link.publication.isConnected();
    }

    @Override
    public int poll(final FragmentHandler handler, final int limit) {
        return answers == null ? 0 : answers.poll(handler, limit);
    }

    @Override
    public void close() {
        links.values().forEach(link -> link.publication.close());
        links.clear();
        CloseHelper.close(answers);
        answers = null;
        subscribedId = -1;
    }

    private static long key(final int nodeId, final int lane) {
        return (long) nodeId << Integer.SIZE | lane;
    }

    /** The publication to one lane. */
    private record Link(int nodeId, PeerPublication publication) {
    }
}
