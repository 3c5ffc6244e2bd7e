package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.Segment;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Cuts and flips every part of a file; no damage passes. */
final class SegmentDamageTest {
    @TempDir
    private Path directory;
    private final SegmentCheck check = new SegmentCheck();

    @Test
    void everyFlippedBitAndEveryCutIsFound() throws IOException {
        final RandomGenerator random = Seeds.random("SegmentDamageTest");
        try (SealedFixture fixture = new SealedFixture();
            SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final SealedFixture.Filled filled = fixture.fill(random, 2_000, 40);
            final List<Segment> sources = List.of(filled.segment());
            final SealedSegment sealed = writer.write(SealedFixture.identity(1, sources), sources, fixture.memory, directory);
            final byte[] bytes = Files.readAllBytes(sealed.file());
            final SegmentHeader header = check.all(new BytesFile(bytes, bytes.length));
            assertEquals(sealed.header(), header);
            for (int at = 0; at < bytes.length; at++) {
                final byte before = bytes[at];
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                assertDamaged(bytes, bytes.length, "a bit flipped in byte " + at);
                bytes[at] = before;
            }
            for (final Section section : header.sections()) {
                assertDamaged(bytes, (int) section.offset(), "cut before " + section.kind());
                assertDamaged(bytes, (int) Math.max(0, section.offset() - 1), "cut shortly before " + section.kind());
            }
            for (int i = 0; i < 500; i++) {
                final int length = random.nextInt(bytes.length);
                assertDamaged(bytes, length, "cut after " + length);
            }
            sealed.free();
            sealed.close();
        }
    }

    private void assertDamaged(final byte[] bytes, final int length, final String what) {
        assertThrows(DamagedSegmentException.class, () -> check.all(new BytesFile(bytes, length)), what);
    }
}
