package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class JournalTest {
    private static final int GATEWAY_ID = 7;
    private static final long MINUTE_MS = 60_000;
    private static final long RETENTION_US = 24 * 60 * MINUTE_MS * 1_000;

    @TempDir
    Path directory;

    private final List<Throwable> errors = new ArrayList<>();
    private long nowMs = 1_800_000_000_000L;
    private Journal journal;

    @AfterEach
    void close() {
        if (journal != null) {
            journal.close();
        }
    }

    @Test
    void positionsAreDenseAndNameTheirPredecessors() throws IOException {
        open(1);
        append(0, 0, 1, 0);
        append(10, 1);
        assertEquals(List.of("100 0 1/1<0/0", "101 1 1/1<0/0", "100 2 1/2<1/1", "101 10 1/2<1/1"), contents());
        reopen(2);
        append(20, 0, 0);
        assertEquals(List.of("100 20 2/1<1/2", "100 21 2/2<2/1"), contents().subList(4, 6));
        assertEquals(2, journal.lastIncarnation(100));
        assertEquals(2, journal.lastSequence(100));
        assertEquals(1, journal.lastIncarnation(101));
        assertEquals(GATEWAY_ID, journal.gatewayId());
    }

    @Test
    void aFailedAppendChangesNothingAndTheJournalOpensAgain() throws IOException {
        open(1);
        append(0, 0, 1);
        final IngestRequest large = new IngestRequest().reset(AckLevel.JOURNALED, done -> { });
        final IngestRequest small = Batches.request(AckLevel.JOURNALED, done -> { }, 5, nowMs * 1_000, 0);
        final UnsafeBuffer room = new UnsafeBuffer(new byte[100 << 20]);
        room.putBytes(0, small.batch(0), 0, small.batchLength(0));
        large.addBatch(room, 0, room.capacity()); // beyond any mapping
        assertEquals(-1, journal.append(large, GATEWAY_ID, System.nanoTime()));
        assertTrue(journal.isBroken());
        assertFalse(journal.isWritable(System.nanoTime()));
        assertEquals(1, errors.size());
        assertEquals(-1, journal.append(small, GATEWAY_ID, System.nanoTime()), "refused until it is open again");
        assertTrue(journal.reopen(System.nanoTime()));
        assertTrue(journal.isWritable(System.nanoTime()));
        assertEquals(0, journal.damagedDocuments(), "what was begun is not there");
        append(6, 0);
        assertEquals(List.of("100 0 1/1<0/0", "101 1 1/1<0/0", "100 6 1/2<1/1"), contents());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelReadsNothingAheadOfWhatIsWritten() throws IOException {
        open(1);
        append(0, 0);
        boolean isJournal = false;
        boolean isWithout = false;
        for (final String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            isJournal = line.contains(".cq4") || isJournal && !line.contains("-");
            isWithout |= isJournal && line.startsWith("VmFlags:") && line.contains(" rr");
        }
        assertTrue(isWithout);
    }

    @Test
    void refusesWithoutRoomAndTakesAgainWhenThereIs() throws IOException {
        journal = Journal.open(new Journal.Settings(directory, 1, 64L << 20, Long.MAX_VALUE, () -> nowMs, errors::add));
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, 5, nowMs * 1_000, 0);
        assertEquals(-1, journal.append(request, GATEWAY_ID, 0));
        assertFalse(journal.isBroken());
        assertFalse(journal.isWritable(0));
        journal.close();
        open(2);
        append(6, 0);
        assertEquals(List.of("100 6 2/1<0/0"), contents());
    }

    @Test
    void deletesWholeRollFilesOnceNothingInThemIsNeeded() throws IOException {
        open(1);
        append(0, 0, 1);
        nowMs += 20 * MINUTE_MS;
        append(10, 0);
        nowMs += 20 * MINUTE_MS;
        append(20, 0);
        final long bytes = journal.bytes();
        assertEquals(3, rollFiles());
        assertFalse(journal.deleteExpired(nowMs * 1_000, tableId -> RETENTION_US));
        nowMs += 24 * 60 * MINUTE_MS - 39 * MINUTE_MS;
        assertTrue(journal.deleteExpired(nowMs * 1_000, tableId -> RETENTION_US));
        assertEquals(2, rollFiles());
        assertTrue(journal.bytes() < bytes);
        assertEquals(List.of("100 10 1/2<1/1", "100 20 1/3<1/2"), contents());
        assertEquals(0, journal.lastSequence(101), "nothing held of that shard");
        append(30, 1);
        assertEquals("101 30 1/2<0/0", contents().getLast(), "the sequence goes on, without a predecessor");
        nowMs += 7 * 24 * 60 * MINUTE_MS;
        assertTrue(journal.deleteExpired(nowMs * 1_000, tableId -> RETENTION_US));
        assertEquals(1, rollFiles(), "the current one stays");
        reopen(2);
        assertEquals(List.of("101 30 1/2<0/0"), contents());
    }

    @Test
    void appendsAfterAClockThatWasAheadIsSetRight() throws IOException {
        open(1);
        append(0, 0);
        nowMs += 30 * 60 * MINUTE_MS;
        append(10, 0);
        nowMs -= 30 * 60 * MINUTE_MS;
        append(20, 0);
        reopen(2);
        append(30, 0);
        nowMs += 20 * MINUTE_MS;
        append(40, 0);
        reopen(3);
        append(50, 0);
        assertEquals(List.of("100 0 1/1<0/0", "100 10 1/2<1/1", "100 20 1/3<1/2", "100 30 2/1<1/3", "100 40 2/2<2/1", "100 50 3/1<2/2"),
            contents());
        assertEquals(List.of(), errors);
        assertEquals(2, rollFiles(), "time does not go back, and goes on at its own pace");
    }

    /** A power cut may leave anything in pages that were not forced. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 4, another format", "4, 9, 6, more batches than there are", "8, 0, 4, a batch of no length",
        "8, 1000000, 4, a batch longer than its document", "8, -8, 4, a batch of negative length"})
    void whatIsDamagedIsPassedOverAndCounted(final int offset, final int value, final int batches, final String what) throws IOException {
        open(1);
        append(0, 0, 1);
        append(10, 0, 1);
        append(20, 0, 1);
        journal.close();
        damage(1, offset, value);
        open(2);
        assertEquals(1, journal.damagedDocuments(), what);
        assertEquals(batches, contents().size());
        assertEquals("100 20 1/3<1/2", contents().get(batches - 2), "what follows is read");
        append(30, 0);
        assertEquals("100 30 2/1<1/3", contents().getLast());
    }

    @Test
    void aBatchThatEndsBehindItsDocumentIsDamaged() throws IOException {
        open(1);
        append(0, 0, 1);
        append(10, 0, 1);
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, 10, nowMs * 1_000, 0, 1);
        journal.close();
        final int roomBytes = JournalDocument.length(request) - JournalDocument.HEADER_BYTES - JournalDocument.BATCH_HEADER_BYTES;
        damage(1, JournalDocument.HEADER_BYTES, roomBytes + 1);
        open(2);
        assertEquals(1, journal.damagedDocuments());
        assertEquals(List.of("100 0 1/1<0/0", "101 1 1/1<0/0"), contents());
    }

    /** Puts another number into the second document, or whichever is named, of the only roll file. */
    private void damage(final int document, final int offset, final int value) throws IOException {
        final Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer start = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(start, 0);
            int position = 0;
            for (int found = 0; found <= document; position += Integer.BYTES) {
                found += start.getInt(position) == JournalDocument.FORMAT ? 1 : 0;
            }
            final ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
            channel.write(number, position - Integer.BYTES + offset);
        }
    }

    @Test
    void tellsWhatItHoldsAndIsTheSameWhenItIsOpenedAgain() throws IOException {
        open(1);
        assertEquals(-1, journal.lastIndex());
        assertEquals(-1, journal.firstIndex());
        assertEquals(-1, journal.gatewayId());
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, 0, nowMs * 1_000, 0, 1);
        final long first = journal.append(request, GATEWAY_ID, System.nanoTime());
        assertEquals(GATEWAY_ID, request.gatewayId());
        assertEquals(1, request.incarnation());
        assertEquals(List.of(100, 101), List.of(request.shardId(0), request.shardId(1)));
        assertEquals(first, journal.firstIndex());
        assertEquals(first, journal.lastIndex());
        final long second = journal.append(request, GATEWAY_ID, System.nanoTime());
        assertEquals(first, journal.firstIndex());
        assertEquals(second, journal.lastIndex());
        final long bytes = journal.bytes();
        assertTrue(bytes > 2L * request.lengthBytes());
        reopen(1);
        assertEquals(bytes, journal.bytes());
        assertEquals(first, journal.firstIndex());
        assertEquals(second, journal.lastIndex());
        append(1, 0);
        assertEquals("100 1 1/3<1/2", contents().getLast(), "the same incarnation goes on");
    }

    @Test
    void aBlockMustHaveRoomForTheLargestDocument() {
        final long leastBytes = 5L * IngestRequest.MAX_BYTES;
        assertEquals(leastBytes, new Journal.Settings(directory, 1, leastBytes, 0, () -> nowMs, errors::add).blockBytes());
        assertThrows(IllegalArgumentException.class, () -> new Journal.Settings(directory, 1, leastBytes - 1, 0, () -> nowMs, errors::add));
    }

    @Test
    void findsWhereToResume() throws IOException {
        open(1);
        for (int file = 0; file < 4; file++) {
            append(file, 0);
            if (file < 2) {
                append(10 + file, 1);
            }
            nowMs += 10 * MINUTE_MS;
        }
        reopen(2);
        assertEquals(4, readFrom(journal.startAfter(100, 0, 0)));
        assertEquals(3, readFrom(journal.startAfter(100, 1, 2)));
        assertEquals(1, readFrom(journal.startAfter(100, 1, 4)));
        assertEquals(3, readFrom(journal.startAfter(101, 1, 2)));
        assertEquals(-1, journal.startAfter(102, 0, 0));
    }

    @Test
    void refusesAJournalThatIsAheadOfTheIdentity() throws IOException {
        open(5);
        append(0, 0);
        journal.close();
        assertThrows(IllegalStateException.class, () -> open(4));
    }

    /** Documents of shard 100 from there on. */
    private int readFrom(final long index) {
        int count = 0;
        try (JournalCursor cursor = journal.newCursor()) {
            cursor.moveTo(index);
            while (cursor.next()) {
                while (cursor.nextBatch()) {
                    count += BatchFields.shardId(cursor.buffer(), cursor.offset()) == 100 ? 1 : 0;
                }
            }
        }
        return count;
    }

    private List<String> contents() {
        return JournalContents.of(journal);
    }

    private void append(final long id, final int... shardIndexes) {
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, id, nowMs * 1_000, shardIndexes);
        assertTrue(journal.append(request, GATEWAY_ID, System.nanoTime()) >= 0);
        assertEquals(List.of(), errors.stream().filter(error -> !error.getMessage().contains("append failed")).toList());
    }

    private void open(final long incarnation) throws IOException {
        journal = Journal.open(new Journal.Settings(directory, incarnation, 64L << 20, 0, () -> nowMs, errors::add));
    }

    private void reopen(final long incarnation) throws IOException {
        journal.close();
        open(incarnation);
    }

    private long rollFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).count();
        }
    }
}
