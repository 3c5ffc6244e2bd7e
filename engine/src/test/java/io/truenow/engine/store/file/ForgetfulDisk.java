package io.truenow.engine.store.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A disk in memory that can lose its power. {@link #restart} leaves of what was not synced some pages and some names, as chance has it.
 * Every directory is there. For one thread.
 */
public final class ForgetfulDisk implements SegmentFiles {
    private static final int PAGE_BYTES = 512;

    private final RandomGenerator random;
    private final Map<Path, Content> names = new TreeMap<>();
    private final Map<Path, Content> durableNames = new TreeMap<>();
    private int requestsLeft = Integer.MAX_VALUE;
    private boolean hasPower = true;

    /** An empty one. */
    public ForgetfulDisk(final RandomGenerator random) {
        this.random = random;
    }

    /** Bytes of a file: every state since the last sync, the present one last. */
    private final class Content {
        private final List<byte[]> states = new ArrayList<>(List.of(new byte[0]));

        byte[] bytes() {
            return states.getLast();
        }

        void write(final byte[] written, final int at) {
            final byte[] next = Arrays.copyOf(bytes(), Math.max(bytes().length, at + written.length));
            System.arraycopy(written, 0, next, at, written.length);
            states.add(next);
        }

        void sync() {
            states.subList(0, states.size() - 1).clear();
        }

        /** Each page is of any of the states, the length of any. */
        void losePower() {
            final byte[] left = new byte[anyState().length];
            for (int at = 0; at < left.length; at += PAGE_BYTES) {
                final byte[] state = anyState();
                final int end = Math.min(Math.min(at + PAGE_BYTES, left.length), state.length);
                if (at < end) {
                    System.arraycopy(state, at, left, at, end - at);
                }
            }
            states.clear();
            states.add(left);
        }

        private byte[] anyState() {
            return states.get(random.nextInt(states.size()));
        }
    }

    /** Loses its power with the request after so many from now on; that one and all later ones fail. */
    public void losePowerAfter(final int requests) {
        requestsLeft = requests;
    }

    /** Whether it has power. */
    public boolean hasPower() {
        return hasPower;
    }

    /** Has power again, and what had come to it by then. */
    public void restart() {
        final Map<Path, Content> left = new TreeMap<>(durableNames);
        names.forEach((file, content) -> {
            if (random.nextBoolean()) {
                left.put(file, content);
            }
        });
        durableNames.keySet().forEach(file -> {
            if (!names.containsKey(file) && random.nextBoolean()) {
                left.remove(file);
            }
        });
        left.values().stream().distinct().forEach(Content::losePower);
        names.clear();
        names.putAll(left);
        durableNames.clear();
        durableNames.putAll(left);
        requestsLeft = Integer.MAX_VALUE;
        hasPower = true;
    }

    @Override
    public SegmentFile create(final Path file) throws IOException {
        request();
        final Content content = new Content();
        names.put(file, content);
        return new OpenFile(content);
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        request();
        return new OpenFile(content(file));
    }

    @Override
    public SegmentFile reopen(final Path file) throws IOException {
        request();
        return new OpenFile(content(file));
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException {
        request();
        names.put(to, content(from));
        names.remove(from);
    }

    @Override
    public void delete(final Path file) throws IOException {
        request();
        names.remove(file);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException {
        request();
        return names.keySet().stream().filter(file -> directory.equals(file.getParent())).toList();
    }

    @Override
    public void createDirectories(final Path directory) throws IOException {
        request();
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        request();
        durableNames.keySet().removeIf(file -> directory.equals(file.getParent()));
        names.forEach((file, content) -> {
            if (directory.equals(file.getParent())) {
                durableNames.put(file, content);
            }
        });
    }

    private Content content(final Path file) throws IOException {
        final Content content = names.get(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        return content;
    }

    private void request() throws IOException {
        hasPower &= requestsLeft > 0;
        if (!hasPower) {
            throw new IOException("the disk has no power");
        }
        requestsLeft--;
    }

    private final class OpenFile implements SegmentFile {
        private final Content content;

        OpenFile(final Content content) {
            this.content = content;
        }

        @Override
        public void write(final ByteBuffer bytes, final long position) throws IOException {
            final byte[] written = new byte[bytes.remaining()];
            bytes.get(written);
            if (hasPower && requestsLeft == 0) {
                content.write(Arrays.copyOf(written, random.nextInt(written.length + 1)), (int) position);
            }
            request();
            content.write(written, (int) position);
        }

        @Override
        public int read(final ByteBuffer bytes, final long position) throws IOException {
            request();
            final int length = Math.max(0, Math.min(bytes.remaining(), content.bytes().length - (int) position));
            bytes.put(content.bytes(), (int) position, length);
            return length;
        }

        @Override
        public long lengthBytes() throws IOException {
            request();
            return content.bytes().length;
        }

        @Override
        public void sync() throws IOException {
            request();
            content.sync();
        }

        @Override
        public MemorySegment map(final Arena arena) throws IOException {
            throw new IOException("files of this disk cannot be mapped");
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
