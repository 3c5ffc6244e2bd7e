package io.truenow.engine.store.seal;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.file.ForgetfulDisk;
import io.truenow.engine.store.sealed.FailingFiles;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What was kept is read, whatever becomes of one of the copies, and whatever request of the disk fails. */
final class StateFileTest {
    @TempDir
    private Path directory;

    @Test
    void whatWasKeptIsRead() throws IOException {
        final StateFile state = open();
        assertEquals(List.of(), new ArrayList<>(state.all()));
        final ShardState first = state(7, 100, MissingRanges.NONE.with(1, 2), Map.of(5L, 6L));
        final ShardState second = state(8, 200, MissingRanges.NONE, Map.of());
        state.keep(3, List.of(first, second));
        state.keep(2, List.of(state(9, Long.MIN_VALUE, MissingRanges.NONE, Map.of())));
        final StateFile read = open();
        assertEquals(Set.of(first, second), new HashSet<>(read.all()));
        assertEquals(3, read.uid());
        assertEquals(11, read.catalogIdHigh());
        assertEquals(12, read.catalogIdLow());
        state.forget(7);
        state.flush();
        assertEquals(List.of(second), new ArrayList<>(open().all()));
    }

    @Test
    void formerVersionIsRead() throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0x3230_5453_574e_5254L).putLong(1).putLong(9).putLong(11).putLong(12).putInt(0).putInt(1);
        bytes.putInt(7).putInt(3).putLong(100).putInt(1).putInt(0).putLong(20).putLong(30);
        final int end = bytes.position();
        bytes.putInt(5 * Long.BYTES, end);
        final CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, end);
        bytes.putInt((int) crc.getValue());
        Files.write(directory.resolve("state.0"), bytes.array());
        Files.write(directory.resolve("state.1"), bytes.array());
        final StateFile state = open();
        assertEquals(state(7, 100, MissingRanges.NONE.with(20, 30), Map.of()), state.of(7));
        assertEquals(100, state.of(7).letGoUntilUs(), "all that is not available may have been let go");
        final ShardState known = new ShardState(11, 12, 8, 3, 200, 150, MissingRanges.NONE, Map.of());
        state.keep(10, List.of(known));
        assertEquals(known, open().of(8));
        assertEquals(state.of(7), open().of(7));
    }

    @Test
    void eitherCopyMayBeDamaged() throws IOException {
        final StateFile state = open();
        final RandomGenerator random = Seeds.random("StateFileTest");
        for (int i = 1; i <= 20; i++) {
            state.keep(i, List.of(state(7, i, MissingRanges.NONE, Map.of())));
            final Path copy = directory.resolve("state." + i % 2);
            final byte[] whole = Files.readAllBytes(copy);
            final byte[] damaged = whole.clone();
            damaged[random.nextInt(76)] ^= (byte)(1 << random.nextInt(Byte.SIZE));
            Files.write(copy, damaged);
            assertEquals(i, open().of(7).availableFromUs());
            Files.write(copy, whole);
        }
        Files.write(directory.resolve("state.0"), new byte[100]);
        Files.write(directory.resolve("state.1"), new byte[100]);
        assertThrows(IOException.class, this::open);
    }

    /** Whoever has lost one copy must not live on the other alone. */
    @Test
    void aCopyThatIsDamagedOrGoneIsMadeWholeWithTheNextWrite() throws IOException {
        final List<ShardState> states = many(3, 5);
        for (int damaged = 0; damaged < 2; damaged++) {
            for (final boolean isGone : new boolean[] {false, true}) {
                final Path copy = directory.resolve("state." + damaged);
                final Path other = directory.resolve("state." + (1 - damaged));
                open().keep(damaged + 1, states);
                if (isGone) {
                    Files.delete(copy);
                } else {
                    Files.write(copy, new byte[100]);
                }
                final StateFile state = open();
                assertTrue(state.keep(1, states), "nothing new, but a copy is missing");
                assertFalse(state.keep(1, states), "nothing new, and both are whole");
                assertFalse(state.flush());
                Files.write(other, new byte[100]);
                final StateFile read = open();
                assertEquals(new HashSet<>(states), new HashSet<>(read.all()));
                assertTrue(read.flush());
            }
        }
    }

    /** After a loss of power between the two: which is older is known, and the older is written first. */
    @Test
    void theNewerCopyCounts() throws IOException {
        for (int older = 0; older < 2; older++) {
            final Path copy = directory.resolve("state." + older);
            open().keep(1, many(1, 10 + older));
            final byte[] before = Files.readAllBytes(copy);
            open().keep(2, many(1, 20 + older));
            Files.write(copy, before);
            assertEquals(20 + older, open().of(0).availableFromUs());
            assertTrue(open().keep(2, many(1, 20 + older)));
            Files.write(directory.resolve("state." + (1 - older)), new byte[100]);
            assertEquals(20 + older, open().of(0).availableFromUs());
            assertTrue(open().flush());
            assertFalse(open().flush());
        }
    }

    @Test
    void aFileThatEndsTooSoonIsNoState() throws IOException {
        open().keep(1, many(2, 5));
        final byte[] whole = Files.readAllBytes(directory.resolve("state.0"));
        final int lengthBytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(5 * Long.BYTES) + Integer.BYTES;
        Files.delete(directory.resolve("state.1"));
        for (int length = 0; length < lengthBytes; length++) {
            Files.write(directory.resolve("state.0"), Arrays.copyOf(whole, length));
            assertThrows(IOException.class, this::open, length + " bytes");
        }
        Files.write(directory.resolve("state.0"), Arrays.copyOf(whole, lengthBytes));
        assertEquals(2, open().all().size());
        for (final int wrong : new int[] {-1, 0, 47, lengthBytes, Integer.MAX_VALUE}) {
            final byte[] bytes = whole.clone();
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(5 * Long.BYTES, wrong);
            Files.write(directory.resolve("state.0"), Arrays.copyOf(bytes, lengthBytes));
            assertThrows(IOException.class, this::open, "a length of " + wrong);
        }
    }

    @Test
    void onlyWhatIsNewIsWritten() throws IOException {
        final StateFile state = open();
        assertFalse(state.flush());
        assertTrue(state.keep(1, many(2, 5)));
        assertFalse(state.keep(1, many(2, 5)));
        assertTrue(state.keep(1, many(3, 5)));
        state.forget(9);
        assertFalse(state.flush(), "there was nothing of it");
        state.forget(2);
        assertTrue(state.flush());
        assertFalse(state.flush());
        assertEquals(2, open().all().size());
        state.forget(1);
        assertTrue(state.keep(1, many(1, 5)), "what was forgotten goes with it");
        assertEquals(1, open().all().size());
    }

    @Test
    void everyFailedRequestLeavesThisOrWhatWasBefore() throws IOException {
        int request = 0;
        boolean hasFailed = true;
        while (hasFailed) {
            final Path lane = directory.resolve("lane-" + request);
            final FailingFiles files = new FailingFiles(request++, false);
            int known = 0;
            StateFile state = null;
            for (int i = 1; i < 6; i++) {
                try {
                    state = state == null ? StateFile.open(files, lane) : state;
                    // grows once
                    state.keep(i, many(i == 4 ? 5_000 : 1, i));
                    known = i;
                } catch (final IOException e) {
                    assertTrue(e.getMessage().contains("failed as asked"), e.getMessage());
                }
                final ShardState read = StateFile.open(DiskFiles.INSTANCE, lane).of(0);
                assertTrue(read == null ? known == 0 : read.availableFromUs() == known || read.availableFromUs() == i,
                    request + ": " + known + ", " + i + ", " + read);
            }
            assertTrue(known == 5 || known == 4);
            hasFailed = files.failures() > 0;
        }
        assertTrue(request > 20);
    }

    @Test
    void lostPowerLeavesThisOrWhatWasBefore() throws IOException {
        final RandomGenerator random = Seeds.random("StateFileTest.power");
        final Path lane = directory.resolve("lane");
        int losses = 0;
        for (int life = 0; life < 400; life++) {
            final ForgetfulDisk disk = new ForgetfulDisk(random);
            int kept = 0;
            int tried = 0;
            for (int start = 0; start < 4; start++) {
                disk.losePowerAfter(random.nextInt(random.nextBoolean() ? 12 : 80));
                try {
                    final StateFile state = StateFile.open(disk, lane);
                    mustBe(state, kept, tried);
                    while (disk.hasPower()) {
                        tried++;
                        // pages of their own for each, and more than one
                        state.keep(tried, many(1 + random.nextInt(100), tried));
                        kept = tried;
                    }
                } catch (final IOException e) {
                    assertFalse(disk.hasPower(), e::toString);
                    losses++;
                }
                disk.restart();
                final StateFile after = StateFile.open(disk, lane);
                mustBe(after, kept, tried);
                kept = after.of(0) == null ? 0 : (int) after.of(0).availableFromUs();
            }
        }
        assertTrue(losses > 1_000, "power was lost " + losses + " times");
    }

    private static void mustBe(final StateFile state, final int kept, final int tried) {
        final long found = state.of(0) == null ? 0 : state.of(0).availableFromUs();
        assertTrue(found >= kept && found <= tried, () -> found + " was read, " + kept + " kept, " + tried + " tried");
    }

    @Test
    void shardWithFilesHasRoomThoughTheDiskIsFull() throws IOException {
        final StateFile state = open();
        final List<ShardState> trivial = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            trivial.add(state(i, Long.MIN_VALUE, MissingRanges.NONE, Map.of()));
        }
        state.keep(1, trivial);
        assertNull(state.of(1));
        final long lengthBytes = Files.size(directory.resolve("state.0"));
        state.keep(2, many(10_000, 5));
        assertEquals(lengthBytes, Files.size(directory.resolve("state.0")));
        assertNotNull(open().of(9_999));
    }

    @Test
    void whatBelongsToAnotherCatalogGoes() throws IOException {
        final StateFile state = open();
        state.keep(1, many(3, 5));
        state.keep(2, List.of(new ShardState(1, 2, 1, 3, 7, MissingRanges.NONE, Map.of())));
        final StateFile read = open();
        assertEquals(1, read.all().size());
        assertEquals(1, read.catalogIdHigh());
        read.setAside(".foreign");
        assertEquals(List.of(), new ArrayList<>(read.all()));
        assertEquals(List.of(), new ArrayList<>(open().all()));
        assertTrue(Files.exists(directory.resolve("state.1.foreign")));
    }

    @Test
    void tooManyRangesAreToldAsFewerLongerOnes() throws IOException {
        MissingRanges missing = MissingRanges.NONE;
        for (int i = 0; i < 200; i++) {
            missing = missing.with(i * 100L, i * 100L + 50);
        }
        open().keep(1, List.of(state(7, 1, missing, Map.of())));
        final MissingRanges read = open().of(7).missing();
        assertEquals(StateFile.MAX_RANGES, read.size());
        for (int i = 0; i < missing.size(); i++) {
            assertTrue(read.touches(missing.startUs(i), missing.startUs(i) + 1));
            assertTrue(read.touches(missing.endUs(i) - 1, missing.endUs(i)));
        }
    }

    /** As little as can be is told as missing that is there. */
    @Test
    void theNearestOfTooManyRangesAreJoined() throws IOException {
        MissingRanges missing = MissingRanges.NONE;
        MissingRanges expected = MissingRanges.NONE;
        for (int i = 0; i < StateFile.MAX_RANGES + 3; i++) {
            missing = missing.with(i * 1_000L, i * 1_000L + 50);
            expected = expected.with(i * 1_000L, i * 1_000L + 50);
        }
        for (final int near : new int[] {0, 50, StateFile.MAX_RANGES + 1}) {
            missing = missing.with(near * 1_000L + 50, near * 1_000L + 300);
            expected = expected.with(near * 1_000L, near * 1_000L + 1_000);
        }
        open().keep(1, List.of(state(7, 1, missing, Map.of())));
        assertEquals(expected, open().of(7).missing());
    }

    @Test
    void asManyRangesAsThereIsRoomForAreToldAsTheyAre() throws IOException {
        MissingRanges missing = MissingRanges.NONE;
        for (int i = 0; i < StateFile.MAX_RANGES; i++) {
            missing = missing.with(i * 1_000L, i * 1_000L + i + 1);
        }
        open().keep(1, List.of(state(7, 1, missing, Map.of(1L, 2L, 3L, 4L))));
        assertEquals(missing, open().of(7).missing());
        assertEquals(Map.of(1L, 2L, 3L, 4L), open().of(7).doubts());
    }

    @Test
    void rangesThatMeetBecomeOneAndAgeOut() {
        final MissingRanges ranges = MissingRanges.NONE.with(30, 40).with(10, 20).with(20, 30).with(60, 70);
        assertEquals(MissingRanges.NONE.with(10, 40).with(60, 70), ranges);
        assertEquals(MissingRanges.NONE.with(60, 70), ranges.after(40));
        assertEquals(ranges, ranges.after(39));
        assertEquals(MissingRanges.NONE, ranges.after(70));
    }

    private StateFile open() throws IOException {
        return StateFile.open(DiskFiles.INSTANCE, directory);
    }

    private static List<ShardState> many(final int count, final long availableFromUs) {
        final List<ShardState> states = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            states.add(state(i, availableFromUs, MissingRanges.NONE, Map.of()));
        }
        return states;
    }

    private static ShardState state(
        final int shardId, final long availableFromUs, final MissingRanges missing, final Map<Long, Long> doubts) {
        return new ShardState(11, 12, shardId, 3, availableFromUs, missing, doubts);
    }
}
