package io.truenow.engine.store.meta;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Under what circumstances the regions of a lane can be taken over: the kernel has not been started again, for only then is every store of
 * the former process in them, and they belong to this node and have the size that it works with.
 *
 * @param bootIdHigh      the kernel's, and so {@code bootIdLow}.
 * @param instanceKeyHigh the node's, and so {@code instanceKeyLow}.
 * @param regionBytes     of each region.
 */
public record LaneIdentity(long bootIdHigh, long bootIdLow, long instanceKeyHigh, long instanceKeyLow, long regionBytes) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /**
     * Of a node under the kernel that runs.
     *
     * @throws IOException if the kernel does not tell its boot id.
     */
    public static LaneIdentity current(final long instanceKeyHigh, final long instanceKeyLow, final long regionBytes) throws IOException {
        final String text = Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip();
        final UUID boot;
        try {
            boot = UUID.fromString(text);
        } catch (final IllegalArgumentException e) {
            throw new IOException(BOOT_ID + " holds no boot id: " + text, e);
        }
        return new LaneIdentity(
            boot.getMostSignificantBits(), boot.getLeastSignificantBits(), instanceKeyHigh, instanceKeyLow, regionBytes);
    }
}
