package io.truenow.fabric.memory.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@EnabledOnOs(OS.LINUX)
class ProgramStartTest {
    private static final String AGAIN = "--again";

    @Test
    void beginsAnewAsTheSameProcessWithNothingLeftOpen() throws IOException, InterruptedException {
        final ProcessBuilder builder = new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-cp",
            System.getProperty("java.class.path"), Program.class.getName(), "an ü", "");
        builder.environment().put("OF_THE_TEST", "kept");
        final Process process = builder.redirectErrorStream(true).start();
        final List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        final String pid = Long.toString(process.pid());
        assertEquals(2, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith(pid + " 2 kept "), lines::toString);
        // as many sockets as in the first life: none of it is left
        assertEquals(lines.getFirst().replace(pid + " 2 ", pid + " 3 "), lines.getLast());
        assertEquals(0, process.exitValue());
    }

    /** Listens, tells what it is, and begins anew the first time. */
    public static final class Program {
        private Program() {
        }

        public static void main(final String[] arguments) throws IOException {
            final boolean isAgain = List.of(arguments).contains(AGAIN);
            try (ServerSocket _ = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                tell(ProcessHandle.current().pid() + " " + arguments.length + ' ' + System.getenv("OF_THE_TEST") + ' '
                    + Arrays.hashCode(arguments[0].getBytes(StandardCharsets.UTF_8)) + ' ' + openSockets());
                if (!isAgain) {
                    tell(ProgramStart.again(AGAIN));
                }
            }
        }

        private static void tell(final String line) throws IOException {
            new FileOutputStream(FileDescriptor.out).write((line + '\n').getBytes(StandardCharsets.UTF_8));
        }

        private static long openSockets() {
            final File[] files = new File("/proc/self/fd").listFiles();
            return Arrays.stream(files == null ? new File[0] : files).filter(file -> {
                try {
                    return file.toPath().toRealPath().toString().contains("socket:");
                } catch (final IOException e) {
                    // a socket has no path
                    return true;
                }
            }).count();
        }
    }
}
