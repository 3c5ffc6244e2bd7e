package io.truenow.fabric.process;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AtomicFileTest {
    private static final Path FILE = Path.of("/dir/identity");
    private static final byte[] OLD = "old".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "newer".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    /** The machine stops after each step; what had not been forced is there or not, whichever is worse. */
    @Test
    void aCrashAtAnyStepLeavesTheOldContentOrTheNew() throws IOException {
        for (int step = 0; ; step++) {
            final CrashingDisk disk = new CrashingDisk(FILE, OLD, step);
            final boolean isDone = replaceUntilCrash(disk);
            for (final byte[] content : disk.possibleContents(FILE)) {
                final String text = new String(content, StandardCharsets.US_ASCII);
                assertTrue(Set.of("old", "newer").contains(text), () -> "after " + disk.steps + ": '" + text + '\'');
                assertTrue(!isDone || "newer".equals(text), () -> "done, but a crash brings back " + text);
            }
            if (isDone) {
                assertEquals(List.of("write identity.new", "force identity.new", "rename identity", "force dir"), disk.steps);
                return;
            }
        }
    }

    @Test
    void replacesWhatIsOnTheDisk() throws IOException {
        final Path file = directory.resolve("identity");
        AtomicFile.replace(file, OLD);
        assertArrayEquals(OLD, Files.readAllBytes(file));
        Files.writeString(directory.resolve("identity.new"), "what a crash has left, longer than what comes");
        AtomicFile.replace(file, NEW);
        assertArrayEquals(NEW, Files.readAllBytes(file));
        assertFalse(Files.exists(directory.resolve("identity.new")));
        assertThrows(IOException.class, () -> AtomicFile.replace(directory.resolve("nowhere/identity"), NEW));
    }

    private static boolean replaceUntilCrash(final CrashingDisk disk) throws IOException {
        try {
            AtomicFile.replace(disk, FILE, NEW);
            return true;
        } catch (final CrashingDisk.CrashException e) {
            return false;
        }
    }

    /** Knows which contents and names a crash could leave. */
    private static final class CrashingDisk implements AtomicFile.Disk {
        static final class CrashException extends RuntimeException {
        }

        final List<String> steps = new ArrayList<>();
        private final int crashAtStep;
        /** Of each file, what could be found in it: the last one if it has been forced. */
        private final Map<Integer, List<byte[]>> contents = new HashMap<>();
        private final Map<Path, Integer> names = new HashMap<>();
        /** Of each name, the files that could stand under it. */
        private final Map<Path, List<Integer>> possibleNames = new HashMap<>();
        private int nextFile;

        CrashingDisk(final Path file, final byte[] content, final int crashAtStep) {
            this.crashAtStep = crashAtStep;
            contents.put(nextFile, new ArrayList<>(List.of(content)));
            names.put(file, nextFile);
            possibleNames.put(file, new ArrayList<>(List.of(nextFile++)));
        }

        List<byte[]> possibleContents(final Path file) {
            return possibleNames.get(file).stream().flatMap(id -> contents.get(id).stream()).toList();
        }

        @Override
        public void write(final Path file, final byte[] content) {
            step("write ", file);
            contents.put(nextFile, new ArrayList<>(List.of(new byte[0], content)));
            names.put(file, nextFile++);
        }

        @Override
        public void force(final Path fileOrDirectory) {
            step("force ", fileOrDirectory);
            final Integer file = names.get(fileOrDirectory);
            if (file == null) {
                possibleNames.forEach((name, files) -> files.subList(0, files.size() - 1).clear());
            } else {
                final List<byte[]> possible = contents.get(file);
                possible.subList(0, possible.size() - 1).clear();
            }
        }

        @Override
        public void rename(final Path from, final Path to) {
            step("rename ", to);
            final int file = names.remove(from);
            names.put(to, file);
            possibleNames.computeIfAbsent(to, name -> new ArrayList<>()).add(file);
        }

        private void step(final String what, final Path file) {
            if (steps.size() == crashAtStep) {
                throw new CrashException();
            }
            steps.add(what + file.getFileName());
        }
    }
}
