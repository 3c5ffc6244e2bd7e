package io.truenow.fabric.peer;

import io.aeron.Aeron;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.truenow.testing.Await;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerPublicationTest {
    private static final String CHANNEL = "aeron:ipc?term-length=64k";
    private static final int STREAM_ID = 5;
    private static final int TERM_BYTES = 64 * 1_024;
    private static final String MESSAGE = "x".repeat(1_000);

    @TempDir
    Path directory;

    private final List<String> received = new ArrayList<>();
    private MediaDriver driver;
    private Aeron aeron;
    private int rings;

    @BeforeEach
    void launch() {
        driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
            .aeronDirectoryName(directory.resolve("driver").toString())
            .threadingMode(ThreadingMode.SHARED).dirDeleteOnStart(true).dirDeleteOnShutdown(true));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
    }

    @AfterEach
    void close() {
        CloseHelper.closeAll(aeron, driver);
    }

    @Test
    void isAwayUntilAPeerListensAndWhenItHasGone() {
        try (PeerPublication publication = open(CHANNEL)) {
            assertEquals(Sent.AWAY, offer(publication, "too soon"));
            assertFalse(publication.isConnected());
            try (Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
                Await.until("it is connected", publication::isConnected);
                assertEquals(Sent.YES, offer(publication, "a"));
                assertEquals(Sent.YES, offerInTwo(publication, "b", "c"));
                assertEquals(2, rings, "a message that was sent rings");
                poll(subscription, 2);
                assertEquals(List.of("a", "bc"), received);
            }
            Await.until("the peer has gone", () -> offer(publication, "d") == Sent.AWAY);
            assertFalse(publication.isLost(), "it may come again");
        }
    }

    @Test
    void isBusyWhileThePeerTakesNothing() {
        try (PeerPublication publication = open(CHANNEL); Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
            Await.until("it is connected", publication::isConnected);
            Sent sent = Sent.YES;
            int count = -1;
            while (sent == Sent.YES) {
                sent = offer(publication, MESSAGE);
                count++;
            }
            assertEquals(Sent.BUSY, sent);
            poll(subscription, count);
            Await.until("there is room", () -> offer(publication, "more") == Sent.YES);
        }
    }

    /** At the end of a term an offer has to be repeated, which is no back pressure. */
    @Test
    void turnsToTheNextTermByItself() {
        try (PeerPublication publication = open(CHANNEL); Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
            Await.until("it is connected", () -> publication.isConnected() && subscription.imageCount() == 1);
            final CountersReader counters = aeron.countersReader();
            final int limitId = Await.value("the driver counts its limit", () -> limitCounter(counters));
            for (int i = 0; i < 4 * TERM_BYTES / MESSAGE.length(); i++) {
                Await.until("the driver lets more be sent",
                    () -> counters.getCounterValue(limitId) >= subscription.imageAtIndex(0).position() + TERM_BYTES / 4);
                assertEquals(Sent.YES, i % 2 == 0 ? offer(publication, MESSAGE) : offerInTwo(publication, MESSAGE, "x"));
                poll(subscription, 1);
            }
        }
    }

    @Test
    void whatTheDriverRefusesIsLostUntilItIsOpenedAnew() {
        try (PeerPublication publication = open("aeron:udp?endpoint=no.such.host.invalid:5|term-length=64k")) {
            Await.until("it is refused", publication::isLost);
            assertNotNull(publication.failure());
            assertEquals(Sent.LOST, offer(publication, "a"));
            assertEquals(Sent.LOST, offerInTwo(publication, "a", "b"));
            assertFalse(publication.isConnected());
            publication.reopen();
            assertNull(publication.failure());
            assertFalse(publication.isLost());
            Await.until("it is refused again", publication::isLost);
            assertEquals(0, rings);
        }
    }

    @Test
    void isLostOnceItIsClosedAndCanBeOpenedAgain() {
        final PeerPublication publication = open(CHANNEL);
        try (Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
            Await.until("it is connected", publication::isConnected);
            publication.close();
            assertTrue(publication.isLost());
            assertEquals(Sent.LOST, offer(publication, "a"));
            Await.until("it has gone", () -> !subscription.isConnected());
            publication.reopen();
            Await.until("it is there again", () -> offer(publication, "b") == Sent.YES);
            poll(subscription, 1);
            assertEquals(List.of("b"), received);
        }
        publication.close();
    }

    @Test
    void isLostWithItsClient() {
        try (PeerPublication publication = open(CHANNEL); Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
            Await.until("it is connected", publication::isConnected);
            aeron.close();
            assertTrue(subscription.isClosed());
            assertTrue(publication.isLost());
            assertEquals(Sent.LOST, offer(publication, "a"));
            publication.reopen();
            assertTrue(publication.isLost(), "there is nothing to open it with");
            assertNull(publication.failure(), "nobody refused it");
        }
    }

    /** A publication whose owner goes before the driver has answered is not left behind. */
    @Test
    void leavesNothingIfItIsClosedAtOnce() {
        try (Subscription subscription = aeron.addSubscription(CHANNEL, STREAM_ID)) {
            open(CHANNEL).close();
            final PeerPublication other = open(CHANNEL);
            Await.until("another is connected", other::isConnected);
            Await.until("it is the only one", () -> subscription.imageCount() == 1);
            other.close();
            Await.until("none is there", () -> subscription.imageCount() == 0);
        }
    }

    /** Id of the counter that says how far may be published, or null. */
    private static Integer limitCounter(final CountersReader counters) {
        final Integer[] found = new Integer[1];
        counters.forEach((id, label) -> {
            if (label.startsWith("pub-lmt")) {
                found[0] = id;
            }
        });
        return found[0];
    }

    private PeerPublication open(final String channel) {
        return new PeerPublication(aeron, channel, STREAM_ID, () -> rings++);
    }

    private static Sent offer(final PeerPublication publication, final String text) {
        final UnsafeBuffer buffer = new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
        return publication.offer(buffer, 0, buffer.capacity());
    }

    private static Sent offerInTwo(final PeerPublication publication, final String first, final String second) {
        final UnsafeBuffer head = new UnsafeBuffer(first.getBytes(StandardCharsets.UTF_8));
        final UnsafeBuffer tail = new UnsafeBuffer(second.getBytes(StandardCharsets.UTF_8));
        return publication.offer(head, 0, head.capacity(), tail, 0, tail.capacity());
    }

    private void poll(final Subscription subscription, final int count) {
        final int before = received.size();
        Await.doing("messages arrive", () -> subscription.poll((buffer, offset, length, header) ->
            received.add(buffer.getStringWithoutLengthUtf8(offset, length)), 16), () -> received.size() >= before + count);
    }
}
