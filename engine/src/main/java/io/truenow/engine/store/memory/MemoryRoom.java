package io.truenow.engine.store.memory;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.memory.os.MachineMemory;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a machine can give against what a node is to have. Immutable.
 *
 * @param settings       of the node.
 * @param directory      where its regions are to be.
 * @param isMemory       whether that is memory, not a disk.
 * @param directoryBytes of the file system there, in all.
 * @param memoryBytes    of the machine, or of the process' control group where that is less.
 * @param heapBytes      most that the Java machine takes beside it.
 */
public record MemoryRoom(
    MemorySettings settings, Path directory, boolean isMemory, long directoryBytes, long memoryBytes, long heapBytes) {
    private static final String TMPFS = "tmpfs";
    private static final int MIB_SHIFT = 20;

    /** Asks the machine; what it does not tell counts as enough. */
    public static MemoryRoom of(final MemorySettings settings, final Path dataDirectory) {
        final Path directory = RegionDirectory.parentFor(settings.regionDirectory(), dataDirectory);
        boolean isMemory = false;
        long directoryBytes = MachineMemory.UNKNOWN;
        try {
            final FileStore store = Files.getFileStore(existing(directory));
            isMemory = TMPFS.equals(store.type());
            directoryBytes = store.getTotalSpace();
        } catch (final IOException e) {
            // the node says so when it takes the directory
        }
        return new MemoryRoom(
            settings, directory, isMemory, directoryBytes, MachineMemory.limitBytes(), Runtime.getRuntime().maxMemory());
    }

    /** Why the budget can never be had, to be read after its key; null if it can. */
    public String whyTooMuch() {
        if (settings.budgetBytes() <= memoryBytes) {
            return null;
        }
        final String most = size(memoryBytes - Math.min(heapBytes + NodeMemory.LEFT_TO_DRIVER_BYTES, memoryBytes / 2));
        return "of " + new ByteSize(settings.budgetBytes()) + " is more than the memory of this machine or of its control group, "
            + size(memoryBytes) + ": set it to " + most + " or less";
    }

    /** What may fail once the node has much, to be read after the budget's key; null if nothing will. */
    public String doubt() {
        final long regionBytes = (long) settings.maxRegions() * settings.regionBytes();
        final long forRegionsBytes = directoryBytes - NodeMemory.LEFT_TO_DRIVER_BYTES;
        if (regionBytes > forRegionsBytes) {
            return "of " + new ByteSize(settings.budgetBytes()) + " needs up to " + size(regionBytes) + " in " + directory + ", which has "
                + size(directoryBytes) + " in all: events wait when that is full; make it larger, or set hot-tier.region-directory, or "
                + "hot-tier.memory-budget to " + size(Math.max(forRegionsBytes, 0)) + " or less";
        }
        if (isMemory && settings.budgetBytes() > memoryBytes - heapBytes) {
            return "of " + new ByteSize(settings.budgetBytes()) + " leaves no room for the Java heap, up to " + size(heapBytes)
                + ", in the memory of this machine or of its control group, " + size(memoryBytes) + ": set it to "
                + size(Math.max(memoryBytes - heapBytes, 0)) + " or less";
        }
        return null;
    }

    private static Path existing(final Path directory) {
        Path path = directory.toAbsolutePath();
        while (!Files.exists(path)) {
            path = path.getParent();
        }
        return path;
    }

    /** In whole mebibytes, as a key takes it. */
    private static String size(final long bytes) {
        return new ByteSize(bytes >> MIB_SHIFT << MIB_SHIFT).toString();
    }
}
