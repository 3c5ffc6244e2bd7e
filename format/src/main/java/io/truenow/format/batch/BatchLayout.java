package io.truenow.format.batch;

import io.truenow.codecs.ingest.IngestBatchDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;

/** Offsets of an encoded batch that the generated codec does not name; see {@link BatchBuilder} for the whole picture. */
final class BatchLayout {
    static final int HEADER_BYTES = MessageHeaderDecoder.ENCODED_LENGTH;
    static final int BLOCK_BYTES = IngestBatchDecoder.BLOCK_LENGTH;
    static final int GROUP_HEADER_BYTES = 4;
    static final int COLUMN_BYTES = 24;
    static final int BODY_LENGTH_BYTES = 4;

    static final int GATEWAY_ID = HEADER_BYTES + IngestBatchDecoder.gatewayIdEncodingOffset();
    static final int SHARD_ID = HEADER_BYTES + IngestBatchDecoder.shardIdEncodingOffset();
    static final int INCARNATION = HEADER_BYTES + IngestBatchDecoder.incarnationEncodingOffset();
    static final int SEQUENCE = HEADER_BYTES + IngestBatchDecoder.sequenceEncodingOffset();
    static final int PREVIOUS_INCARNATION = HEADER_BYTES + IngestBatchDecoder.previousIncarnationEncodingOffset();
    static final int PREVIOUS_SEQUENCE = HEADER_BYTES + IngestBatchDecoder.previousSequenceEncodingOffset();
    static final int ACCEPT_TIME = HEADER_BYTES + IngestBatchDecoder.acceptTimeUsEncodingOffset();
    static final int MIN_EVENT_TIME = HEADER_BYTES + IngestBatchDecoder.minEventTimeUsEncodingOffset();
    static final int MAX_EVENT_TIME = HEADER_BYTES + IngestBatchDecoder.maxEventTimeUsEncodingOffset();
    static final int TABLE_ID = HEADER_BYTES + IngestBatchDecoder.tableIdEncodingOffset();
    static final int LAYOUT_VERSION = HEADER_BYTES + IngestBatchDecoder.layoutVersionEncodingOffset();
    static final int SCHEMA_VERSION = HEADER_BYTES + IngestBatchDecoder.schemaVersionEncodingOffset();
    static final int ROW_COUNT = HEADER_BYTES + IngestBatchDecoder.rowCountEncodingOffset();
    static final int BODY_CHECKSUM = HEADER_BYTES + IngestBatchDecoder.bodyChecksumEncodingOffset();
    static final int HEADER_CHECKSUM = HEADER_BYTES + IngestBatchDecoder.headerChecksumEncodingOffset();

    /** Within a column descriptor. */
    static final int COLUMN_OFFSET = 0;
    static final int COLUMN_LENGTH = 4;
    static final int COLUMN_EXTRA_OFFSET = 8;
    static final int COLUMN_EXTRA_LENGTH = 12;
    static final int COLUMN_ORDINAL = 16;
    static final int COLUMN_KIND = 18;
    static final int COLUMN_WIDTH = 19;
    static final int COLUMN_DISTINCT = 20;

    static final byte KIND_EVENT_TIME = 1;
    static final byte KIND_EVENT_ID = 2;
    static final byte KIND_DIMENSION = 3;
    static final byte KIND_METRIC = 4;

    private BatchLayout() {
    }

    static int align8(final int length) {
        return length + 7 & ~7;
    }

    /** Bytes a code: 0 stands for null, so {@code distinct} itself must be representable. */
    static int codeWidth(final int distinct) {
        return distinct <= 0xff ? 1 : distinct <= 0xffff ? 2 : 4;
    }
}
