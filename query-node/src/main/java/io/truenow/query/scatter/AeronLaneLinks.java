package io.truenow.query.scatter;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.channel.PeerChannels;
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
                final boolean isStale = node == null || !channels.publicationTo(node).equals(link.channel);
                if (isStale) {
                    link.close();
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
            link = new Link(node.id(), lane, channels.publicationTo(node));
            links.put(key(node.id(), lane), link);
        }
        return link.send(buffer, lengthBytes);
    }

    @Override
    public boolean isConnected(final int nodeId, final int lane) {
        final Link link = links.get(key(nodeId, lane));
        return link != null && link.publication != null && link.publication.isConnected();
    }

    @Override
    public int poll(final FragmentHandler handler, final int limit) {
        return answers == null ? 0 : answers.poll(handler, limit);
    }

    @Override
    public void close() {
        links.values().forEach(Link::close);
        links.clear();
        CloseHelper.close(answers);
        answers = null;
        subscribedId = -1;
    }

    private static long key(final int nodeId, final int lane) {
        return (long) nodeId << Integer.SIZE | lane;
    }

    /** The publication to one lane, added without waiting for the driver. */
    private final class Link {
        private final int nodeId;
        private final String channel;
        private final int streamId;
        private long registrationId = Aeron.NULL_VALUE;
        private ExclusivePublication publication;

        private Link(final int nodeId, final int lane, final String channel) {
            this.nodeId = nodeId;
            this.channel = channel;
            this.streamId = StreamIds.query(nodeId, lane);
        }

        private Sent send(final DirectBuffer buffer, final int lengthBytes) {
            if (publication == null && !open()) {
                return Sent.AWAY;
            }
            final long result = publication.offer(buffer, 0, lengthBytes);
            if (result > 0) {
                lanes.ring();
                return Sent.YES;
            }
            if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
                close();
            }
            return result == Publication.BACK_PRESSURED || result == Publication.ADMIN_ACTION ? Sent.BUSY : Sent.AWAY;
        }

        private boolean open() {
            try {
                if (registrationId == Aeron.NULL_VALUE) {
                    registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
                }
                publication = aeron.getExclusivePublication(registrationId);
            } catch (final RegistrationException e) {
                registrationId = Aeron.NULL_VALUE;
                errors.onError(new IllegalStateException("the media driver refuses a publication to a lane", e));
            }
            if (publication != null) {
                registrationId = Aeron.NULL_VALUE;
            }
            return publication != null;
        }

        private void close() {
            if (registrationId != Aeron.NULL_VALUE) {
                aeron.asyncRemovePublication(registrationId);
                registrationId = Aeron.NULL_VALUE;
            }
            CloseHelper.close(publication);
            publication = null;
        }
    }
}
