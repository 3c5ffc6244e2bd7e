package io.truenow.fabric.catalog.feed;

import io.truenow.codecs.control.CatalogUpdateDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogView;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog that a control member's updates add up to: a snapshot, then change after change. What does not follow from what is held
 * makes it start over as another subscriber, so that what is under way for the former is ignored. {@link #catalog} may be called from any
 * thread, all else belongs to one.
 */
final class CatalogUpdates {
    private static final Logger LOGGER = LoggerFactory.getLogger(CatalogUpdates.class);

    private final ErrorHandler errors;
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final CatalogUpdateDecoder updateDecoder = new CatalogUpdateDecoder();

    private long subscriberId;
    private String from = "";
    /** What the updates have added up to; {@link Catalog#EMPTY} if a snapshot is needed. May be behind what is shown. */
    private Catalog held = Catalog.EMPTY;
    /** What comes of parts, null while none is under way. */
    private CatalogBuilder next;
    private volatile Catalog shown = Catalog.EMPTY;

    CatalogUpdates(final long subscriberId, final ErrorHandler errors) {
        this.subscriberId = subscriberId;
        this.errors = errors;
    }

    /** See {@link CatalogView#catalog}. */
    Catalog catalog() {
        return shown;
    }

    /** What updates must be addressed to. Another one has to be told to the member. */
    long subscriberId() {
        return subscriberId;
    }

    /** What changes can be added to; {@link Catalog#EMPTY} if a snapshot is needed. */
    Catalog held() {
        return held;
    }

    /** Another member is asked: what the former still sends is ignored, what is held is kept. */
    void onNextMember(final String endpoint) {
        from = endpoint;
        next = null;
        subscriberId++;
    }

    /**
     * Takes a message.
     *
     * @return whether it was an update for this subscriber: a sign of life.
     */
    boolean onMessage(final DirectBuffer buffer, final int offset) {
        headerDecoder.wrap(buffer, offset);
        if (headerDecoder.templateId() != CatalogUpdateDecoder.TEMPLATE_ID || headerDecoder.schemaId() != CatalogUpdateDecoder.SCHEMA_ID) {
            return false;
        }
        updateDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
        if (updateDecoder.subscriberId() != subscriberId) {
            return false;
        }
        try {
            onUpdate(buffer);
        } catch (final RuntimeException e) {
            errors.onError(new IllegalStateException("a catalog update could not be applied", e));
            startOver();
        }
        return true;
    }

    private void onUpdate(final DirectBuffer buffer) {
        switch (updateDecoder.kind()) {
            case SNAPSHOT_BEGIN -> {
                held = Catalog.EMPTY;
                next = new CatalogBuilder();
                apply(buffer);
            }
            case SNAPSHOT_PART -> apply(buffer);
            case SNAPSHOT_END -> onEnd(buffer);
            case DELTA -> {
                next = null;
                if (follows()) {
                    onEnd(buffer);
                }
            }
            case DELTA_PART -> {
                if (follows()) {
                    apply(buffer);
                }
            }
            case DELTA_END -> {
                if (follows()) {
                    onEnd(buffer);
                }
            }
            default -> {
                // a heartbeat: a sign of life
            }
        }
    }

    /** Whether a change can be added to what is held. If not it starts over, unless the change is held already. */
    private boolean follows() {
        final boolean isHeldCatalog = held.version() >= 0
            && held.idHigh() == updateDecoder.catalogIdHigh() && held.idLow() == updateDecoder.catalogIdLow();
        if (isHeldCatalog && updateDecoder.baseVersion() == held.version()) {
            next = next == null ? held.change() : next;
            return true;
        }
        if (!isHeldCatalog || updateDecoder.version() > held.version()) {
            startOver();
        }
        return false;
    }

    private void apply(final DirectBuffer buffer) {
        if (next == null) {
            throw new IllegalStateException("a part of a snapshot that did not begin");
        }
        final int lengthBytes = updateDecoder.recordsLength();
        next.apply(buffer, updateDecoder.limit() + CatalogUpdateDecoder.recordsHeaderLength(), lengthBytes);
    }

    private void onEnd(final DirectBuffer buffer) {
        apply(buffer);
        held = next.build(updateDecoder.catalogIdHigh(), updateDecoder.catalogIdLow(), updateDecoder.version());
        next = null;
        show();
    }

    private void startOver() {
        held = Catalog.EMPTY;
        next = null;
        subscriberId++;
    }

    private void show() {
        final boolean isSame = shown != Catalog.EMPTY && held.isSameAs(shown);
        // a member that lags behind the one followed before: wait until it has caught up
        if (isSame && held.version() <= shown.version()) {
            return;
        }
        if (!isSame) {
            LOGGER.info("following catalog {} at version {} from {}",
                Long.toHexString(held.idHigh()) + Long.toHexString(held.idLow()), held.version(), from);
        }
        shown = held;
    }
}
