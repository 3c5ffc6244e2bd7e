package io.truenow.fabric.memory.os;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OpenFilesTest {
    @Test
    void raisesWhatTheJavaMachineWasLeftWith() throws Exception {
        Assumptions.assumeTrue(SystemCall.isSupported() && Files.exists(Path.of("/usr/bin/prlimit")), "no prlimit");
        OpenFiles.raiseLimit();
        final long most = OpenFiles.limit();
        final long pid = ProcessHandle.current().pid();
        final Process prlimit = new ProcessBuilder("/usr/bin/prlimit", "--pid", Long.toString(pid), "--nofile=" + (most - 1) + ':').start();
        assertEquals(0, prlimit.waitFor());
        assertEquals(most - 1, OpenFiles.limit());
        OpenFiles.raiseLimit();
        assertEquals(most, OpenFiles.limit());
    }

    @Test
    void countsThem() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "not Linux");
        final long before = OpenFiles.count();
        assertTrue(before > 0 && before < OpenFiles.limit(), before + " files");
    }
}
