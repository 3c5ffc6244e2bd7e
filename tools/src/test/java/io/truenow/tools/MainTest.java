package io.truenow.tools;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Help, spelling and exit codes of every command. None of these may start, send or measure anything. */
class MainTest {
    private static String[] words(final String line) {
        return line.isEmpty() ? new String[0] : line.split(" ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "start", "status", "demo", "bench", "config", "segment", "segment inspect", "version"})
    void everyCommandHasHelp(final String command) {
        final CommandRun help = CommandRun.of(Stream.concat(Arrays.stream(words(command)), Stream.of("--help")).toArray(String[]::new));
        assertEquals(0, help.exitCode());
        assertEquals("", help.err());
        assertTrue(help.out().startsWith("Usage: truenow" + (command.isEmpty() ? "" : ' ' + command)), help.out());
        assertEquals(help, CommandRun.of(Stream.concat(Arrays.stream(words(command)), Stream.of("-h")).toArray(String[]::new)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "help start", "help segment", "segment help", "segment help inspect"})
    void helpIsACommandToo(final String line) {
        final CommandRun help = CommandRun.of(words(line));
        assertEquals(0, help.exitCode(), help.err());
        assertEquals("", help.err());
        assertTrue(help.out().startsWith("Usage: truenow"), help.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "--version", "-V", "start --version"})
    void tellsItsVersion(final String line) {
        final CommandRun version = CommandRun.of(words(line));
        assertEquals(0, version.exitCode(), version.err());
        assertTrue(version.out().matches("(truenow )?\\d+\\.\\d+\\.\\d+.*\\R"), version.out());
    }

    /** Wrong arguments: one line that says what would be right, on standard error, and exit code 2. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "strat                                    | unknown command strat; did you mean start?; see `truenow --help`",
        "frobnicate                               | unknown command frobnicate; see `truenow --help`",
        "--versoin                                | unknown option --versoin; did you mean --version?; see `truenow --help`",
        "start --hlep                             | unknown option --hlep; did you mean --help?; see `truenow start --help`",
        "start --datadir=/x                       | unknown option --datadir; did you mean --data-dir?; see `truenow start --help`",
        "start now                                | unexpected argument now; see `truenow start --help`",
        "start --role                             | Missing required parameter for option '--role' (ROLE); see `truenow start --help`",
        "start --role gatway                      | no role 'gatway'",
        "start --set gateway.htp-port=1           | unknown key gateway.htp-port in the command line; did you mean gateway.http-port?",
        "start --set gateway.http-port            | not key=value: gateway.http-port",
        "start --set gateway.http-port=70000      | 70000 of gateway.http-port in the command line: must be a port, 0 to 65535",
        "start --config /nowhere/truenow.yaml     | cannot read the configuration file /nowhere/truenow.yaml: there is none",
        "start --set process.bind-host=1.2.3.4:5  | \"1.2.3.4:5\" of process.bind-host in the command line: must be an address",
        "start --data-dir=                        | no value of process.data-dir in the command line; its default is",
        "start --set hot-tier.memory-budget=900TiB| hot-tier.memory-budget of 900TiB is more than the memory of this machine",
        "status --hots x                          | unknown option --hots; did you mean --host?; see `truenow status --help`",
        "status --host a/b                        | --host: 'a/b' is not a host such as 127.0.0.1, ::1 or node-5",
        "status --set query.http-port=x           | invalid value x of query.http-port in the command line: must be a whole number",
        "config --st a=b                          | unknown option --st; did you mean --set?; see `truenow config --help`",
        "config --set gateway.http-port=abc       | invalid value abc of gateway.http-port in the command line: must be a whole number",
        "config --set control.members=10.0.0.5    | [\"10.0.0.5\"] of control.members in the command line: '10.0.0.5' is not an",
        "demo --rate 0                            | --rate must be at least 1, not 0; see `truenow demo --help`",
        "demo --batch 0                           | --batch must be at least 1, not 0",
        "demo --duration -1                       | --duration must be at least 0, not -1",
        "demo --rate many                         | Invalid value for option '--rate': 'many' is not an int",
        "demo --gateway nowhere                   | 'nowhere' is not a URL such as http://127.0.0.1:8088",
        "demo --query http://a:1/v1               | 'http://a:1/v1' is not a URL such as http://127.0.0.1:8088",
        "bench nosuch                             | no bench 'nosuch'; did you mean ",
        "bench ingset                             | no bench 'ingset'; did you mean ingest? `truenow bench` lists them",
        "bench ingest --option secnds=1           | bench ingest has no option 'secnds'; did you mean seconds?",
        "bench ingest --option seconds=x          | option seconds must be a whole number from 0 to 2147483647, not 'x'",
        "bench ingest --option seconds=-1         | option seconds must be a whole number from 0 to 2147483647, not '-1'",
        "bench micro --option seconds=1           | bench micro has no option 'seconds'; see",
        "bench ingest --optoin seconds=1          | unknown option --optoin; did you mean --option?",
        "bench ingest --gateway http://127.0.0.1:1| --gateway and --query go together, and --aeron-dir only with them",
        "bench ingest --query http://127.0.0.1:1  | --gateway and --query go together, and --aeron-dir only with them",
        "bench ingest --aeron-dir /x              | --gateway and --query go together, and --aeron-dir only with them",
        "bench engine --gateway http://a:1        | bench engine runs without a TrueNow: leave out --gateway, --query and --aeron-dir",
        "bench engine --set gateway.http-port=1   | --set configures the TrueNow that a bench starts, and this one starts none",
        "bench ingest --gateway http://a:1 --query http://a:2 | sends by Aeron too: name the media driver's directory by --aeron-dir",
        "segment                                  | say what to do, such as `truenow segment inspect FILE`; see `truenow segment --help`",
        "segment inspct x                         | unknown command inspct; did you mean inspect?; see `truenow segment --help`",
        "segment inspect                          | Missing required parameter: 'FILE'; see `truenow segment inspect --help`",
        "segment inspect --blcks x                | unknown option --blcks; did you mean --blocks?; see `truenow segment inspect --help`",
        "version now                              | unexpected argument now; see `truenow version --help`",
        "help strat                               | Unknown subcommand 'strat'"})
    void wrongArgumentsAreOneLineAndExitCode2(final String line, final String reason) {
        final CommandRun run = CommandRun.of(words(line.strip()));
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("truenow: "), run.err());
        assertTrue(run.err().contains(reason.strip()), run.err());
        assertFalse(run.err().contains("java."), run.err());
        assertEquals(2, run.exitCode(), run.err());
    }

    @Test
    void withoutACommandSaysWhichThereAre() {
        final CommandRun run = CommandRun.of();
        assertEquals(2, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("Usage: truenow"), run.err());
    }

    @Test
    void refusesArgumentsThatWereNotUtf8() {
        final CommandRun run = CommandRun.of("segment", "inspect", "d\ufffd");
        assertEquals(2, run.exitCode());
        assertEquals("truenow: the argument d\ufffd has bytes that are not UTF-8\n", run.err());
    }

    @Test
    void benchWithoutANameListsThem() {
        final CommandRun run = CommandRun.of("bench");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("  ingest  "), run.out());
        assertTrue(run.out().contains("--option batch=1000, connections=4, max-events=4000000, seconds=5, warmup=3"), run.out());
    }

    /** Nothing is wrong with the question: what failed is exit code 1. */
    @Test
    void failuresAreOneLineAndExitCode1() {
        final CommandRun run = CommandRun.of("start", "--data-dir", "/proc/nowhere", "--set", "process.bind-host=192.0.2.1");
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("truenow: process.bind-host 192.0.2.1 is no address of this machine ("), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
