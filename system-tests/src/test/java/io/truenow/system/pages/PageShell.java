package io.truenow.system.pages;

import io.truenow.testing.FreePorts;
import io.truenow.tools.child.PortRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The terminal of somebody who reads the pages: a bash in a directory with a {@code ./truenow}, whose variables and background processes
 * stay from block to block. It has a network of its own, with nothing but a loopback interface, so that the pages' ports are the ports that
 * are used; where the machine does not allow that, ports in the blocks are exchanged for free ones and the product is told of them by its
 * environment variables. Used by one thread.
 */
final class PageShell implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PageShell.class);
    private static final String DONE = "-- done ";
    private static final List<List<String>> NETWORKS = List.of(List.of("unshare", "-n"), List.of("unshare", "-rn"));
    private static final String LOOPBACK_UP = "ip link set lo up";
    private static final List<Integer> PORTS = List.of(8001, 8088, 8081, 9090, 8090);
    private static final List<String> PORT_VARIABLES = List.of("TRUENOW_CONTROL_HTTP_PORT", "TRUENOW_GATEWAY_HTTP_PORT",
        "TRUENOW_QUERY_HTTP_PORT", "TRUENOW_HOT_TIER_HTTP_PORT");
    private static final Pattern ADDRESS = Pattern.compile("(localhost|127\\.0\\.0\\.1):(\\d{4})");
    /** A start in the foreground: a reader goes on in another terminal. */
    private static final Pattern FOREGROUND = Pattern.compile("(?m)^(\\./truenow start[^&#\\n]*?)\\s*(#.*)?$");

    private final Path directory;
    private final int[] rewrittenPorts;
    private final Process shell;
    private final Writer input;
    private final BufferedReader output;
    private int blocks;

    /**
     * What came of a block.
     *
     * @param exitCode of its last command.
     */
    record Result(int exitCode, String output, String errors) {
    }

    private PageShell(final Path directory, final Process shell, final int[] rewrittenPorts) {
        this.directory = directory;
        this.shell = shell;
        this.rewrittenPorts = rewrittenPorts;
        this.input = shell.outputWriter(StandardCharsets.UTF_8);
        this.output = shell.inputReader(StandardCharsets.UTF_8);
    }

    /** Opens one in a directory that is empty. */
    static PageShell open(final Path directory) {
        try {
            final List<String> network = Boolean.getBoolean("test.pages.rewrite") ? null : network();
            final int[] ports = network == null ? FreePorts.next(PORTS.size()) : null;
            LOGGER.info(ports == null ? "pages run in a network of their own" : "pages run with ports exchanged");
            writeCommand(directory, ports != null);
            final String start = ports == null ? LOOPBACK_UP + " && exec bash --noprofile --norc" : "exec bash --noprofile --norc";
            final List<String> command = ports == null ? new ArrayList<>(network) : new ArrayList<>();
            command.addAll(List.of("sh", "-c", start));
            final ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectError(directory.resolve("shell.err").toFile());
            final Map<String, String> environment = builder.environment();
            environment.keySet().removeIf(name -> name.startsWith("TRUENOW_"));
            environment.put("TRUENOW_HOT_TIER_REGION_DIRECTORY", directory.resolve("regions").toString());
            environment.put("TRUENOW_HOT_TIER_WARM_UP", "0s");
            // slow machines pause for longer than drivers expect
            environment.put("TRUENOW_DRIVER_TIMEOUT", "60s");
            environment.put("TRUENOW_DRIVER_CLIENT_LIVENESS", "12s");
            if (ports != null) {
                environment.put("TRUENOW_CONTROL_MEMBERS", "127.0.0.1:" + PortRange.free(6));
                for (int i = 0; i < PORT_VARIABLES.size(); i++) {
                    environment.put(PORT_VARIABLES.get(i), Integer.toString(ports[i]));
                }
            }
            return new PageShell(directory, builder.start(), ports);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a block and waits for its end; what it starts in the foreground goes to the background. */
    Result run(final String block) {
        final String name = "block-" + ++blocks;
        try {
            Files.writeString(directory.resolve(name), rewritten(FOREGROUND.matcher(block).replaceAll("$1 &")));
            input.write(". ./" + name + " >" + name + ".out 2>" + name + ".err </dev/null\necho \"" + DONE + "$?\"\n");
            input.flush();
            String line = output.readLine();
            while (line != null && !line.startsWith(DONE)) {
                line = output.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("the shell has ended: " + Files.readString(directory.resolve("shell.err")));
            }
            return new Result(Integer.parseInt(line.substring(DONE.length())),
                Files.readString(directory.resolve(name + ".out")), Files.readString(directory.resolve(name + ".err")));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM to what runs in the background, last started first; the exit codes. */
    List<Integer> stopAll() {
        final String codes = run("""
            for pid in $(jobs -p | tac); do kill -TERM $pid; wait $pid; echo $?; done
            """).output();
        return codes.lines().map(Integer::valueOf).toList();
    }

    @Override
    public void close() {
        try {
            stopAll();
            input.close();
            if (!shell.waitFor(10, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String rewritten(final String block) {
        if (rewrittenPorts == null) {
            return block;
        }
        return ADDRESS.matcher(block).replaceAll(address -> {
            final int index = PORTS.indexOf(Integer.valueOf(address.group(2)));
            return Matcher.quoteReplacement(index < 0 ? address.group() : address.group(1) + ':' + rewrittenPorts[index]);
        });
    }

    /** The command as the launcher runs it, on what the tests were built with. */
    private static void writeCommand(final Path directory, final boolean isRewritten) throws IOException {
        final String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
        // the port of metrics is no variable's: only processes that open it by themselves are to have another
        final String other = "case \"$*\" in start|*media-driver*) set -- \"$@\" --set process.metrics-port=0 ;; esac\n";
        final Path command = Files.writeString(directory.resolve("truenow"), "#!/bin/sh\n" + (isRewritten ? other : "")
            + "exec '" + java + "' " + System.getProperty("truenow.jvm.args").trim().replaceAll("\\s+", " ")
            + " -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '" + System.getProperty("java.class.path")
            + "' io.truenow.tools.Main \"$@\"\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<String> network() {
        for (final List<String> network : NETWORKS) {
            final List<String> command = new ArrayList<>(network);
            command.addAll(List.of("sh", "-c", LOOPBACK_UP));
            try {
                final ProcessBuilder attempt =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
                if (attempt.start().waitFor() == 0) {
                    return network;
                }
            } catch (final IOException e) {
                // no such command here
                continue;
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
        return null;
    }
}
