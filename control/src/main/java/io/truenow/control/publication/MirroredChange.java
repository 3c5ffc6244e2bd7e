package io.truenow.control.publication;

import java.util.List;

/**
 * A committed change as views are sent it.
 *
 * @param baseVersion that it follows.
 * @param version     after it.
 * @param parts       framed records and tombstones, each part short enough for a message; one or more.
 */
record MirroredChange(long baseVersion, long version, List<byte[]> parts) {
    int lengthBytes() {
        int lengthBytes = 0;
        for (final byte[] part : parts) {
            lengthBytes += part.length;
        }
        return lengthBytes;
    }
}
