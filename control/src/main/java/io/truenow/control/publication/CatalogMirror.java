package io.truenow.control.publication;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.TombstoneDecoder;
import io.truenow.control.state.CatalogChange;
import io.truenow.fabric.catalog.RecordFrames;
import io.truenow.fabric.catalog.RecordKind;
import io.truenow.fabric.catalog.RecordKinds;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The committed catalog as encoded records, and the last changes that led to it. The publication's thread only. */
final class CatalogMirror {
    private static final int MAX_CHANGES = 1_024;
    private static final long MAX_CHANGE_BYTES = 4L * 1024 * 1024;

    private final int maxPartBytes;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final TombstoneDecoder tombstone = new TombstoneDecoder();
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    /** Framed records by template and id: namespaces before tables, as readers need them. */
    private final NavigableMap<Long, byte[]> records = new TreeMap<>();
    /** By the version that they follow. */
    private final NavigableMap<Long, MirroredChange> changes = new TreeMap<>();
    private long changeBytes;
    private List<byte[]> snapshotParts;
    private long catalogIdHigh;
    private long catalogIdLow;
    private long version = -1;

    CatalogMirror(final int maxPartBytes) {
        this.maxPartBytes = maxPartBytes;
    }

    /** -1 before the first change. */
    long version() {
        return version;
    }

    long catalogIdHigh() {
        return catalogIdHigh;
    }

    long catalogIdLow() {
        return catalogIdLow;
    }

    void apply(final CatalogChange change) {
        if (change.isWhole()) {
            records.clear();
            changes.clear();
            changeBytes = 0;
        } else {
            add(change);
        }
        snapshotParts = null;
        catalogIdHigh = change.catalogIdHigh();
        catalogIdLow = change.catalogIdLow();
        version = change.version();
        framesOf(change.records()).forEach(this::apply);
    }

    /** The change that follows that version; null if it is not held: a snapshot must be sent. */
    MirroredChange changeAfter(final long baseVersion) {
        return changes.get(baseVersion);
    }

    /** Everything, in parts; immutable. */
    List<byte[]> snapshotParts() {
        if (snapshotParts == null) {
            snapshotParts = inParts(records.values());
        }
        return snapshotParts;
    }

    private void add(final CatalogChange change) {
        changes.put(change.baseVersion(), new MirroredChange(change.baseVersion(), change.version(), inParts(framesOf(change.records()))));
        changeBytes += change.records().length;
        while (changes.size() > MAX_CHANGES || changeBytes > MAX_CHANGE_BYTES) {
            changeBytes -= changes.pollFirstEntry().getValue().lengthBytes();
        }
    }

    private void apply(final byte[] frame) {
        buffer.wrap(frame);
        header.wrap(buffer, RecordFrames.HEADER_LENGTH);
        if (header.templateId() == TombstoneDecoder.TEMPLATE_ID) {
            tombstone.wrapAndApplyHeader(buffer, RecordFrames.HEADER_LENGTH, header);
            records.remove(key(tombstone.recordKind(), tombstone.recordId()));
            return;
        }
        final RecordKind<?> kind = RecordKinds.ofTemplate(header.templateId());
        if (kind == null) {
            throw new IllegalStateException("a record of an unknown kind was committed");
        }
        records.put(key(kind.templateId(), kind.id(buffer, RecordFrames.HEADER_LENGTH)), frame);
    }

    private static long key(final int templateId, final int id) {
        return (long) templateId << Integer.SIZE | id;
    }

    private static List<byte[]> framesOf(final byte[] framed) {
        final List<byte[]> frames = new ArrayList<>();
        RecordFrames.forEach(new UnsafeBuffer(framed), 0, framed.length, (at, length) -> {
            final int from = at - RecordFrames.HEADER_LENGTH;
            frames.add(Arrays.copyOfRange(framed, from, from + RecordFrames.framedLength(length)));
        });
        return frames;
    }

    /** As many frames in a part as there is room for. */
    private List<byte[]> inParts(final Collection<byte[]> frames) {
        final List<byte[]> parts = new ArrayList<>();
        final byte[] part = new byte[maxPartBytes];
        int length = 0;
        for (final byte[] frame : frames) {
            if (length + frame.length > maxPartBytes) {
                parts.add(Arrays.copyOf(part, length));
                length = 0;
            }
            System.arraycopy(frame, 0, part, length, frame.length);
            length += frame.length;
        }
        if (length > 0) {
            parts.add(Arrays.copyOf(part, length));
        }
        return List.copyOf(parts);
    }
}
