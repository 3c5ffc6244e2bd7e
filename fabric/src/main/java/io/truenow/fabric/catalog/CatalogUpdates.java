package io.truenow.fabric.catalog;

import io.truenow.codecs.control.CatalogUpdateDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
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
    private final CatalogAssembler records = new CatalogAssembler();

    private long subscriberId;
    private String from = "";
    /** Version that the assembled records stand at, -1 while they are incomplete. */
    private long assembledVersion = -1;
    private long idHigh;
    private long idLow;
    /** Identity of the published catalog. */
    private long publishedIdHigh;
    private long publishedIdLow;
    private volatile Catalog catalog = Catalog.EMPTY;

    CatalogUpdates(final long subscriberId, final ErrorHandler errors) {
        this.subscriberId = subscriberId;
        this.errors = errors;
    }

    /** See {@link CatalogView#catalog}. */
    Catalog catalog() {
        return catalog;
    }

    /** What updates must be addressed to. Another one has to be told to the member. */
    long subscriberId() {
        return subscriberId;
    }

    /** Version from which changes can be added, -1 if a snapshot is needed. */
    long heldVersion() {
        return assembledVersion;
    }

    /** Name of the catalog that is held. */
    long idHigh() {
        return idHigh;
    }

    /** The other half of the name. */
    long idLow() {
        return idLow;
    }

    /** Another member is asked: what the former still sends is ignored, what is held is kept. */
    void onNextMember(final String endpoint) {
        from = endpoint;
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
        final long version = updateDecoder.version();
        switch (updateDecoder.kind()) {
            case SNAPSHOT_BEGIN -> {
                records.clear();
                assembledVersion = -1;
                idHigh = updateDecoder.catalogIdHigh();
                idLow = updateDecoder.catalogIdLow();
                applyRecords(buffer);
            }
            case SNAPSHOT_PART -> applyRecords(buffer);
            case SNAPSHOT_END -> {
                applyRecords(buffer);
                assembledVersion = version;
                publish();
            }
            case DELTA -> {
                if (isHeldCatalog() && updateDecoder.baseVersion() == assembledVersion) {
                    applyRecords(buffer);
                    assembledVersion = version;
                    publish();
                } else if (!isHeldCatalog() || version > assembledVersion) {
                    startOver();
                }
            }
            default -> {
                // a heartbeat: a sign of life
            }
        }
    }

    private boolean isHeldCatalog() {
        return idHigh == updateDecoder.catalogIdHigh() && idLow == updateDecoder.catalogIdLow();
    }

    private void applyRecords(final DirectBuffer buffer) {
        final int lengthBytes = updateDecoder.recordsLength();
        final int start = updateDecoder.limit() + CatalogUpdateDecoder.recordsHeaderLength();
        records.apply(buffer, start, lengthBytes);
    }

    private void startOver() {
        records.clear();
        assembledVersion = -1;
        subscriberId++;
    }

    private void publish() {
        final boolean isSame = idHigh == publishedIdHigh && idLow == publishedIdLow;
        // a member that lags behind the one followed before: wait until it has caught up
        if (isSame && assembledVersion <= catalog.version()) {
            return;
        }
        if (!isSame) {
            LOGGER.info("following catalog {} at version {} from {}",
                Long.toHexString(idHigh) + Long.toHexString(idLow), assembledVersion, from);
        }
        publishedIdHigh = idHigh;
        publishedIdLow = idLow;
        catalog = records.build(idHigh, idLow, assembledVersion);
    }
}
