package io.truenow.query.scatter;

import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.query.answer.AnswerMetadata;
import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.List;

/** Reads a part of a lane's answer where it lies. As good as the message. Belongs to the scatter agent's thread. */
final class PartReader {
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final PartialResultDecoder partial = new PartialResultDecoder();
    private final PartialBodyReader bodyReader = new PartialBodyReader();
    private final List<AnswerMetadata.Range> missingRanges = new ArrayList<>();
    private DirectBuffer message;
    private int offset;
    private int length;
    private boolean hasBody;

    /** Begins to read a message that is a {@code PartialResult}. */
    PartReader wrap(final DirectBuffer newMessage, final int newOffset, final int newLength) {
        message = newMessage;
        offset = newOffset;
        length = newLength;
        header.wrap(newMessage, newOffset);
        partial.wrapAndApplyHeader(newMessage, newOffset, header);
        return this;
    }

    /** The fields before the groups. */
    PartialResultDecoder partial() {
        return partial;
    }

    /** Reads on behind the fields. */
    void readBody() {
        PartialResultDecoder.VectorDecoder vector = partial.vector();
        while (vector.hasNext()) {
            vector = vector.next();
        }
        missingRanges.clear();
        for (final PartialResultDecoder.MissingDecoder missing : partial.missing()) {
            missingRanges.add(new AnswerMetadata.Range(missing.shardId(), missing.startUs(), missing.endUs()));
        }
        final int endOffset = offset + length;
        final int bodyOffset = partial.limit() + PartialResultDecoder.bodyHeaderLength();
        hasBody = false;
        if (bodyOffset <= endOffset) {
            final int bodyLength = partial.bodyLength();
            hasBody = bodyLength <= endOffset - bodyOffset && bodyReader.wrap(partial.buffer(), bodyOffset, bodyLength,
                partial.groupCount(), partial.dimensionCount(), partial.metricCount(), partial.sketchCount());
        }
    }

    /** The groups, or null if they are none; after {@link #readBody}. */
    PartialBodyReader body() {
        return hasBody ? bodyReader : null;
    }

    /** Ranges whose rows the lane has lost; after {@link #readBody}. */
    List<AnswerMetadata.Range> missingRanges() {
        return missingRanges;
    }

    DirectBuffer message() {
        return message;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }
}
