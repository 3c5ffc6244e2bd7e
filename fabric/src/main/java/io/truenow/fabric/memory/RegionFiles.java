package io.truenow.fabric.memory;

import io.truenow.fabric.memory.os.MappedFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The regions of one lane as files {@code region-NNN.mem} of a directory, all of one length, mapped shared: on tmpfs they are memory that
 * outlives the process. A file gets its name once it is whole. Belongs to one thread at a time: the launching thread, then the one that
 * makes regions in reserve; every call but {@link #directory} is slow.
 */
public final class RegionFiles {
    private static final Pattern NAME = Pattern.compile("region-(\\d{3,7})\\.mem");
    private static final Pattern UNFINISHED = Pattern.compile("region-\\d{3,7}\\.new");

    private final Path directory;
    private final MemoryTag tag;
    private final long regionBytes;
    private final int maxRegions;
    private final RegionPolicy policy;
    private final BitSet taken = new BitSet();

    private RegionFiles(
        final Path directory, final MemoryTag tag, final long regionBytes, final int maxRegions, final RegionPolicy policy) {
        this.directory = directory;
        this.tag = tag;
        this.regionBytes = regionBytes;
        this.maxRegions = maxRegions;
        this.policy = policy;
    }

    /**
     * Finds the files there are, makes the directory where needed, and deletes files that were never finished.
     *
     * @param directory   belongs to the caller alone.
     * @param tag         every mapped byte is reserved under it first.
     * @param regionBytes length of each file.
     * @param maxRegions  numbers are below this.
     * @param policy      of the files made and mapped.
     * @throws IOException if the directory cannot be used.
     */
    public static RegionFiles open(
        final Path directory, final MemoryTag tag, final long regionBytes, final int maxRegions, final RegionPolicy policy)
        throws IOException {
        Files.createDirectories(directory, attributes("rwx------"));
        final RegionFiles files = new RegionFiles(directory, tag, regionBytes, maxRegions, policy);
        try (Stream<Path> found = Files.list(directory)) {
            for (final Path file : (Iterable<Path>) found::iterator) {
                final String name = file.getFileName().toString();
                final Matcher matcher = NAME.matcher(name);
                if (matcher.matches()) {
                    files.taken.set(Integer.parseInt(matcher.group(1)));
                } else if (UNFINISHED.matcher(name).matches()) {
                    Files.delete(file);
                }
            }
        }
        return files;
    }

    /** Where the files are. Any thread. */
    public Path directory() {
        return directory;
    }

    /** Numbers of the files there are, mapped or not, ascending. */
    public int[] indexes() {
        return taken.stream().toArray();
    }

    /**
     * Maps a file that is there, with what it holds, even beyond the limits: its memory is in use already.
     *
     * @throws IOException if there is no such file, its length is another or its number too high, or it cannot be mapped.
     */
    public Region map(final int index) throws IOException {
        final Path file = file(index, ".mem");
        if (index >= maxRegions) {
            throw new IOException(file + " is one region too many: there may be " + maxRegions);
        }
        final long lengthBytes = Files.size(file);
        if (lengthBytes != regionBytes) {
            throw new IOException(file + " has " + lengthBytes + " bytes, not " + regionBytes);
        }
        tag.reserve(regionBytes);
        return mapReserved(index, file);
    }

    /**
     * Makes a file under the lowest number that is free, all zeros, and maps it.
     *
     * @return null if the tag or its accountant does not grant that much, or all numbers are taken.
     * @throws IOException that says why, if the file system has no room or does not let us; nothing is left of the file.
     */
    public Region create() throws IOException {
        return taken.nextClearBit(0) < maxRegions && tag.tryReserve(regionBytes) ? createReserved() : null;
    }

    /**
     * The same even beyond the limits, for what must be had to give more back.
     *
     * @return null if all numbers are taken.
     * @throws IOException as above.
     */
    public Region createBeyondLimit() throws IOException {
        if (taken.nextClearBit(0) >= maxRegions) {
            return null;
        }
        tag.reserve(regionBytes);
        return createReserved();
    }

    private Region createReserved() throws IOException {
        final int index = taken.nextClearBit(0);
        final Path unfinished = file(index, ".new");
        try {
            checkRoom();
            createEmpty(unfinished);
        } catch (final IOException e) {
            tag.release(regionBytes);
            throw e;
        }
        Region region = null;
        try {
            region = mapReserved(index, unfinished);
            Files.move(unfinished, file(index, ".mem"), StandardCopyOption.ATOMIC_MOVE);
            taken.set(index);
            return region;
        } catch (final IOException e) {
            if (region != null) {
                region.close();
            }
            Files.deleteIfExists(unfinished);
            throw e;
        }
    }

    /**
     * Unmaps a region and deletes its file. No thread may use its memory any more.
     *
     * @throws IOException if the file cannot be deleted; the region is unmapped nevertheless, its number stays taken.
     */
    public void delete(final Region region) throws IOException {
        region.close();
        Files.deleteIfExists(file(region.index(), ".mem"));
        taken.clear(region.index());
    }

    /**
     * Deletes all files, none of which is mapped.
     *
     * @throws IOException if one cannot be deleted.
     */
    public void deleteAll() throws IOException {
        for (final int index : indexes()) {
            Files.deleteIfExists(file(index, ".mem"));
            taken.clear(index);
        }
    }

    private void checkRoom() throws IOException {
        final long freeBytes = Files.getFileStore(directory).getUsableSpace();
        if (freeBytes < regionBytes + policy.keepFreeBytes()) {
            throw new IOException("no space left for a region in " + directory + ": " + (freeBytes >> 20) + " MiB are free, "
                + (regionBytes >> 20) + " MiB are needed and " + (policy.keepFreeBytes() >> 20) + " MiB are left to others");
        }
    }

    private Region mapReserved(final int index, final Path file) throws IOException {
        final Arena arena = Arena.ofShared();
        try {
            return new Region(tag, index, arena, MappedFile.map(file, regionBytes, policy.placement(), arena));
        } catch (final IOException | RuntimeException e) {
            arena.close();
            tag.release(regionBytes);
            throw e;
        }
    }

    private Path file(final int index, final String suffix) {
        final String number = Integer.toString(index);
        return directory.resolve("region-" + "0".repeat(Math.max(0, 3 - number.length())) + number + suffix);
    }

    /** For our eyes only: the files hold events. */
    private static void createEmpty(final Path file) throws IOException {
        try {
            Files.createFile(file, attributes("rw-------"));
        } catch (final FileAlreadyExistsException e) {
            throw new IOException(file + " is there: another process uses the directory", e);
        }
    }

    private static FileAttribute<?>[] attributes(final String permissions) {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
            : new FileAttribute<?>[0];
    }
}
