package io.truenow.system.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * The launcher script {@code truenow} as it is, beside a build made of the class path that the tests run with: nothing has to be packaged,
 * and nothing is built. Used by one thread.
 */
public final class Launcher {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String SCRIPT = "truenow";
    private static final String KERNEL_OPTIONS = "--add-modules jdk.incubator.vector";

    private final Path directory;
    private final Path script;

    private Launcher(final Path directory, final Path script) {
        this.directory = directory;
        this.script = script;
    }

    /** Sets it up in a directory, which is made. */
    public static Launcher in(final Path directory) throws IOException {
        final Path dist = directory.resolve("installation/tools/target/dist");
        Files.createDirectories(dist.resolve("lib"));
        final Path script = directory.resolve("installation").resolve(SCRIPT);
        Files.copy(ROOT.resolve(SCRIPT), script, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
        // the two files of a build: options of kernels are for those that host them
        final String all = System.getProperty("truenow.jvm.args").trim();
        final List<String> options = new ArrayList<>(List.of(all.replace(KERNEL_OPTIONS, "").trim().split("\\s+")));
        Files.readAllLines(ROOT.resolve("tools/src/main/dist/jvm.args")).stream()
            .filter(line -> line.startsWith("-")).forEach(options::add);
        Files.write(dist.resolve("jvm.args"), options, StandardCharsets.UTF_8);
        Files.writeString(dist.resolve("kernel.args"), KERNEL_OPTIONS, StandardCharsets.UTF_8);
        Files.writeString(dist.resolve("built"), "", StandardCharsets.UTF_8);
        writeJar(dist.resolve("lib/tests.jar"));
        return new Launcher(directory, script);
    }

    /**
     * Starts it.
     *
     * @param environment all there is beside {@code PATH}, {@code TRUENOW_NO_BUILD} and the JDK of the tests.
     */
    public JavaProcess start(final String name, final Map<String, String> environment, final String... arguments) {
        final List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(Arrays.asList(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        final String path = builder.environment().get("PATH");
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", path, "TRUENOW_NO_BUILD", "1", "TRUENOW_JAVA_HOME", System.getProperty("java.home")));
        builder.environment().putAll(environment);
        return JavaProcess.start(name, directory, builder);
    }

    /** A jar with nothing in it but the class path of the tests. */
    private static void writeJar(final Path jar) throws IOException {
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString()).collect(Collectors.joining(" ")));
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream empty = new JarOutputStream(out, manifest)) {
            empty.finish();
        }
    }
}
