package io.truenow.tools.process;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** In processes of their own: the signals are theirs. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StopSignalTest {
    private static final String WAITING = "waiting";
    private static final int EXIT_SIGNAL = 128;

    @ParameterizedTest
    @CsvSource({"TERM,143", "INT,130", "HUP,129"})
    void aSignalEndsTheWaitAndIsTheExitCode(final String signal, final int exitCode) throws Exception {
        // nohup, and shells for what they run in the background, have signals ignored, and every process below them keeps to that
        Assumptions.assumeFalse(isIgnored(exitCode - EXIT_SIGNAL), signal + " is ignored where this test runs");
        final Process process = start("wait");
        try (BufferedReader lines = lines(process)) {
            assertEquals(WAITING, lines.readLine());
            send(signal, process);
            assertEquals("failure null, anew null", lines.readLine());
            assertEquals(exitCode, exitCodeOf(process));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theFirstFailureIsTheReasonAndNothingBeginsAnewAfterIt() throws Exception {
        assertEquals("failure no disk, anew null", resultOf("fail"));
    }

    @Test
    void theFirstReasonToBeginAnewIsKept() throws Exception {
        assertEquals("failure null, anew the driver is gone", resultOf("anew"));
    }

    @Test
    void whoIsAskedToEndDoesNotBeginAnew() throws Exception {
        final Process process = start("anew-and-wait");
        try (BufferedReader lines = lines(process)) {
            assertEquals("anew the driver is gone", lines.readLine());
            send("TERM", process);
            assertEquals("failure null, anew null", lines.readLine());
            assertEquals(143, exitCodeOf(process));
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean isIgnored(final int number) throws IOException {
        final Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigIgn:")).anyMatch(
                line -> (Long.parseUnsignedLong(line.substring("SigIgn:".length()).trim(), 16) >>> number - 1 & 1) == 1);
        }
    }

    private static String resultOf(final String what) throws Exception {
        final Process process = start(what);
        try (BufferedReader lines = lines(process)) {
            final String result = lines.readLine();
            assertEquals(0, exitCodeOf(process));
            return result;
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(final String what) throws IOException {
        return new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"),
            Waiter.class.getName(), what).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static BufferedReader lines(final Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void send(final String signal, final Process process) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).inheritIO().start().waitFor());
    }

    private static int exitCodeOf(final Process process) throws InterruptedException {
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not end");
        return process.exitValue();
    }

    /** The process that is told. Everything is closed at once, so that nothing ends it by force. */
    static final class Waiter {
        private Waiter() {
        }

        public static void main(final String[] args) throws InterruptedException {
            final StopSignal signal = new StopSignal();
            signal.close();
            switch (args[0]) {
                case "fail" -> {
                    signal.fail("no disk");
                    signal.fail("no journal");
                    signal.beginAnew("the driver is gone");
                }
                case "anew", "anew-and-wait" -> {
                    signal.beginAnew("the driver is gone");
                    signal.beginAnew("control is gone");
                }
                default -> System.out.println(signal.isSignalled() || signal.await(1) ? "signalled" : WAITING);
            }
            signal.await();
            if ("anew-and-wait".equals(args[0])) {
                System.out.println("anew " + signal.whyAnew());
                while (signal.exitCode() == 0) {
                    Thread.onSpinWait();
                }
            }
            System.out.println("failure " + signal.failure() + ", anew " + signal.whyAnew());
            System.exit(signal.isSignalled() ? signal.exitCode() : 99);
        }
    }
}
