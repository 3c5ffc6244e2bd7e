package io.truenow.hottier.seal;

import io.truenow.hottier.segment.MissingRanges;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is written last is read; a slot that was torn leaves what was there before. */
final class ShardStateFileTest {
    @TempDir
    private Path directory;

    @Test
    void whatWasWrittenLastIsRead() throws IOException {
        assertEquals(new ShardStateFile.State(0, Long.MIN_VALUE, MissingRanges.NONE), ShardStateFile.read(directory, 7));
        MissingRanges missing = MissingRanges.NONE;
        for (int i = 1; i < 6; i++) {
            missing = missing.with(i * 100, i * 100 + 10);
            ShardStateFile.write(directory, 7, i, missing);
            assertEquals(new ShardStateFile.State(i, i, missing), ShardStateFile.read(directory, 7));
        }
    }

    @Test
    void tornSlotLeavesWhatWasThereBefore() throws IOException {
        ShardStateFile.write(directory, 7, 1, MissingRanges.NONE);
        ShardStateFile.write(directory, 7, 2, MissingRanges.NONE);
        final Path file = directory.resolve(ShardStateFile.NAME);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 1;
        Files.write(file, bytes);
        assertEquals(1, ShardStateFile.read(directory, 7).availableFromUs());
        bytes[2_048 + 20] ^= 1;
        Files.write(file, bytes);
        assertThrows(IOException.class, () -> ShardStateFile.read(directory, 7));
    }

    @Test
    void firstWriteThatFindsNoRoomLeavesNothing() throws IOException {
        final Path unfinished = directory.resolve(ShardStateFile.UNFINISHED_NAME);
        Files.createSymbolicLink(unfinished, Path.of("/dev/full"));
        assertThrows(IOException.class, () -> ShardStateFile.prepare(directory, 7));
        assertEquals(new ShardStateFile.State(0, Long.MIN_VALUE, MissingRanges.NONE), ShardStateFile.read(directory, 7));
        Files.delete(unfinished);
        ShardStateFile.prepare(directory, 7);
        assertEquals(1, ShardStateFile.read(directory, 7).generation());
    }

    @Test
    void whatIsTriedAgainTooLateIsNotKept() throws IOException {
        final MissingRanges missing = MissingRanges.NONE.with(300, 400);
        ShardStateFile.write(directory, 7, 200, missing);
        ShardStateFile.write(directory, 7, 100, MissingRanges.NONE);
        assertEquals(new ShardStateFile.State(1, 200, missing), ShardStateFile.read(directory, 7));
    }

    @Test
    void tooManyRangesAreToldAsFewerLongerOnes() throws IOException {
        MissingRanges missing = MissingRanges.NONE;
        for (int i = 0; i < 200; i++) {
            missing = missing.with(i * 100L, i * 100L + 50);
        }
        ShardStateFile.write(directory, 7, 1, missing);
        final MissingRanges read = ShardStateFile.read(directory, 7).missing();
        assertEquals(ShardStateFile.MAX_RANGES, read.size());
        for (int i = 0; i < missing.size(); i++) {
            assertTrue(read.touches(missing.startUs(i), missing.startUs(i) + 1));
            assertTrue(read.touches(missing.endUs(i) - 1, missing.endUs(i)));
        }
    }

    @Test
    void rangesThatMeetBecomeOneAndAgeOut() {
        final MissingRanges ranges = MissingRanges.NONE.with(30, 40).with(10, 20).with(20, 30).with(60, 70);
        assertEquals(MissingRanges.NONE.with(10, 40).with(60, 70), ranges);
        assertEquals(MissingRanges.NONE.with(60, 70), ranges.after(40));
        assertEquals(ranges, ranges.after(39));
        assertEquals(MissingRanges.NONE, ranges.after(70));
    }
}
