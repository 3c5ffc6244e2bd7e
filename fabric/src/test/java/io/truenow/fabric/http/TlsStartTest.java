package io.truenow.fabric.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Encrypted connections, with the client of the JDK, which agrees on a protocol by ALPN. */
class TlsStartTest {
    private static final char[] PASSWORD = "not a secret".toCharArray();
    private static final int LARGE_BYTES = 3_000_000;

    @TempDir
    private Path directory;
    private final EventLoopGroup loops = EventLoops.create(1);
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private SSLContext clientContext;
    private HttpEdge edge;

    @BeforeEach
    void launch() throws Exception {
        final KeyStore keys = selfSigned(directory.resolve("keys.p12"));
        final KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, PASSWORD);
        final TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        clientContext = SSLContext.getInstance("TLS");
        clientContext.init(null, trust.getTrustManagers(), null);
        final SslContext context = SslContextBuilder.forServer(keyManagers).sslProvider(SslProvider.JDK).protocols("TLSv1.3")
            .applicationProtocolConfig(new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)).build();
        final Duration time = Duration.ofMinutes(1);
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
            .errors(errors::add).start(new TlsStart(context)).limits(new HttpLimits(100, 2, new ByteSize(16L << 20), time,
                Duration.ofSeconds(4), time, time, new ByteSize(10_000), time))
            .routes(router -> router
                .route("POST", "/echo", Access.WRITE, exchange -> exchange.reply(200, "text/plain", exchange.body().retain()))
                .route("GET", "/large", Access.READ, exchange -> exchange.reply(200, "text/plain",
                    Unpooled.directBuffer(LARGE_BYTES).writeZero(LARGE_BYTES)))));
    }

    @AfterEach
    void close() {
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        assertEquals(List.of(), errors);
    }

    @Test
    void speaksWhatTheClientPrefers() throws Exception {
        for (final HttpClient.Version version : HttpClient.Version.values()) {
            if (version.ordinal() > HttpClient.Version.HTTP_2.ordinal()) {
                continue;
            }
            try (HttpClient client = HttpClient.newBuilder().sslContext(clientContext).version(version).build()) {
                for (int i = 0; i < 3; i++) {
                    final HttpResponse<String> answer = client.send(HttpRequest.newBuilder(uri("/echo"))
                        .POST(HttpRequest.BodyPublishers.ofString("x".repeat(200_000))).build(), HttpResponse.BodyHandlers.ofString());
                    assertEquals(version, answer.version());
                    assertEquals(200_000, answer.body().length());
                    assertEquals(LARGE_BYTES, client.send(HttpRequest.newBuilder(uri("/large")).build(),
                        HttpResponse.BodyHandlers.ofByteArray()).body().length);
                }
                assertEquals(404, client.send(HttpRequest.newBuilder(uri("/nothing")).build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode());
            }
        }
    }

    @Test
    void closesWhoDoesNotShakeHands() throws Exception {
        try (RawClient plain = new RawClient(edge.port()); RawClient silent = new RawClient(edge.port())) {
            plain.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(plain.isGone());
            assertTrue(silent.isGone(), "in the time of a header");
        }
    }

    @Test
    void takesNoContextOfAClient() throws Exception {
        final SslContext context = SslContextBuilder.forClient().build();
        assertThrows(IllegalArgumentException.class, () -> new TlsStart(context));
    }

    private URI uri(final String path) {
        return URI.create("https://127.0.0.1:" + edge.port() + path);
    }

    private static KeyStore selfSigned(final Path file) throws Exception {
        final Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
            "-alias", "edge", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12",
            "-keystore", file.toString(), "-storepass", new String(PASSWORD), "-validity", "2")
            .redirectErrorStream(true).redirectOutput(file.resolveSibling("keytool.log").toFile()).start();
        assertEquals(0, keytool.waitFor(), () -> "keytool failed");
        final KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        // the client trusts the certificate itself
        keys.setCertificateEntry("trusted", keys.getCertificate("edge"));
        return keys;
    }
}
