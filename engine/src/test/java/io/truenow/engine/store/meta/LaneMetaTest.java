package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LaneMetaTest {
    private static final LaneIdentity IDENTITY = new LaneIdentity(1L << 60, 2, 3L << 50, 4, 1 << 20);
    private static final long SEED = 0x5eed_5eed_5eed_5eedL;

    @TempDir
    Path directory;

    private final MemoryTag tag = new MemoryAccountant(1 << 20).tag("meta", 1 << 20);

    @AfterEach
    void nothingIsHeld() {
        assertEquals(0, tag.usedBytes());
    }

    @Test
    void isFoundAgainAsItWasLeft() throws IOException {
        assertFalse(LaneMeta.exists(directory));
        try (LaneMeta meta = LaneMeta.create(directory, IDENTITY, SEED, tag)) {
            assertEquals(SEED, meta.valueHashSeed());
            assertEquals(0, meta.catalogIdHigh());
            assertEquals(0, meta.catalogIdLow());
            meta.catalogId(5L << 40, 6L << 40);
            assertEquals(LaneMeta.LENGTH_BYTES, tag.usedBytes());
        }
        assertTrue(LaneMeta.exists(directory));
        assertEquals(LaneMeta.LENGTH_BYTES, Files.size(directory.resolve("lane.meta")));
        final LaneMeta meta = LaneMeta.open(directory, IDENTITY, tag);
        assertEquals(LaneMeta.LENGTH_BYTES, tag.usedBytes());
        assertEquals(SEED, meta.valueHashSeed());
        assertEquals(5L << 40, meta.catalogIdHigh());
        assertEquals(6L << 40, meta.catalogIdLow());
        meta.close();
        meta.close();
    }

    @Test
    void isMadeOverWhatAKillLeft() throws IOException {
        Files.write(directory.resolve("lane.meta.new"), new byte[] {1, 2, 3});
        LaneMeta.create(directory, IDENTITY, SEED, tag).close();
        LaneMeta.open(directory, IDENTITY, tag).close();
        Files.write(directory.resolve("lane.meta.new"), new byte[] {1, 2, 3});
        LaneMeta.delete(directory);
        assertFalse(LaneMeta.exists(directory));
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count());
        }
        LaneMeta.delete(directory);
    }

    @Test
    void isOneFileThatIsWholeOrNone() {
        final Path missing = directory.resolve("missing");
        assertThrows(IOException.class, () -> LaneMeta.create(missing, IDENTITY, SEED, tag));
        assertThrows(IOException.class, () -> LaneMeta.open(missing, IDENTITY, tag));
    }

    @Test
    void doesNotTakeOverWhatBelongsToOthers() throws IOException {
        LaneMeta.create(directory, IDENTITY, SEED, tag).close();
        assertEquals("the machine was started again since", refusal(new LaneIdentity(9, 2, 3L << 50, 4, 1 << 20)));
        assertEquals("the machine was started again since", refusal(new LaneIdentity(1L << 60, 9, 3L << 50, 4, 1 << 20)));
        assertEquals("they are another node's", refusal(new LaneIdentity(1L << 60, 2, 9, 4, 1 << 20)));
        assertEquals("they are another node's", refusal(new LaneIdentity(1L << 60, 2, 3L << 50, 9, 1 << 20)));
        assertEquals("regions of 1048576 bytes, not 2097152", refusal(new LaneIdentity(1L << 60, 2, 3L << 50, 4, 2 << 20)));
    }

    @ParameterizedTest
    @CsvSource({"0,lane.meta is damaged", "8,they have another format", "12,lane.meta is damaged"})
    void doesNotTakeOverWhatIsDamaged(final long offset, final String message) throws IOException {
        LaneMeta.create(directory, IDENTITY, SEED, tag).close();
        try (FileChannel file = FileChannel.open(directory.resolve("lane.meta"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1).put(0, (byte) 0x77), offset);
        }
        assertEquals(message, refusal(IDENTITY));
    }

    @Test
    void doesNotMapAFileOfAnotherLength() throws IOException {
        LaneMeta.create(directory, IDENTITY, SEED, tag).close();
        try (FileChannel file = FileChannel.open(directory.resolve("lane.meta"), StandardOpenOption.WRITE)) {
            file.truncate(100);
        }
        assertEquals("lane.meta has 100 bytes instead of 262144", refusal(IDENTITY));
    }

    @Test
    void theKernelThatRunsIsOneAndTheSame() throws IOException {
        final LaneIdentity identity = LaneIdentity.current(3, 4, 5);
        assertEquals(identity, LaneIdentity.current(3, 4, 5));
        assertEquals(new LaneIdentity(identity.bootIdHigh(), identity.bootIdLow(), 3, 4, 5), identity);
        assertNotEquals(0, identity.bootIdHigh());
        assertNotEquals(0, identity.bootIdLow());
    }

    private String refusal(final LaneIdentity identity) {
        return assertThrows(IOException.class, () -> LaneMeta.open(directory, identity, tag)).getMessage();
    }
}
