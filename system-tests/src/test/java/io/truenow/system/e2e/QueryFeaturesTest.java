package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Loader;
import io.truenow.system.load.SpanWalk;
import io.truenow.system.model.Event;
import io.truenow.system.process.Deployment;
import io.truenow.system.question.Question;
import io.truenow.system.question.RandomQuestions;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The query language from end to end: the same questions, asked again and again while events come, spans are sealed and cubes are made. */
@Tag("system")
class QueryFeaturesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SPANS = 20;
    private static final int EVENTS_PER_SPAN = 500;
    private static final int BATCH_EVENTS = 250;
    private static final int QUESTIONS = 16;
    private static final int EACH_TIME = 6;
    private static final int SEALS = 5;

    @Test
    void everyAnswerIsRightAtItsToken() {
        final RandomGenerator random = Seeds.random("queryFeatures");
        final long firstUs = WallClock.INSTANCE.microTime() - TimeUnit.HOURS.toMicros(8);
        final SpanWalk walk = new SpanWalk(random, "q", firstUs, SPANS, EVENTS_PER_SPAN);
        final RandomQuestions questions = new RandomQuestions(random, walk.startUs(), walk.endUs());
        final List<Question> repeated = questions.next(QUESTIONS);
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("query-features"))
            .set("hot-tier.seal-after", "0s").start()) {
            // another table on the same lane, at the same time
            final Loader other = new Loader(deployment, "features", "other");
            other.begin(new SpanWalk(Seeds.random("queryFeatures.other"), "o", firstUs, SPANS, EVENTS_PER_SPAN), 100, 1_000);
            final Loader loader = new Loader(deployment, "features", "events");
            for (int sent = 0; sent < SPANS * EVENTS_PER_SPAN || deployment.metric("hot-tier", "truenow_hot_tier_seals_total") < SEALS;
                sent += BATCH_EVENTS) {
                loader.send(walk.next(BATCH_EVENTS));
                for (int i = 0; i < EACH_TIME; i++) {
                    mustBeRight(deployment, loader, repeated.get(random.nextInt(QUESTIONS)));
                }
                mustBeRight(deployment, loader, questions.next());
            }
            other.finish();
            // the walk stays in its last span, however long the questions took
            final long sealed = SPANS + Math.min(SPANS, other.acknowledgedCount() / EVENTS_PER_SPAN);
            Await.until("spans of both tables are sealed", LIMIT, () -> sealedSegments(deployment) >= sealed);
            assertTrue(deployment.metric("hot-tier", "truenow_hot_tier_cube_hits_total") > 0);
            repeated.forEach(question -> mustBeRight(deployment, loader, question));
            deployment.kill(Deployment.STANDALONE);
            deployment.restart(Deployment.STANDALONE);
            repeated.forEach(question -> mustBeRight(deployment, loader, question));
        }
    }

    private static void mustBeRight(final Deployment deployment, final Loader loader, final Question question) {
        final String json = question.toJson("features", "events", loader.token());
        final RestAnswer[] answer = new RestAnswer[1];
        Await.until("an answer", LIMIT, () -> {
            answer[0] = deployment.post("query", "/v1/query", json);
            return answer[0].status() != 503 && answer[0].status() != 504;
        });
        assertEquals(200, answer[0].status(), () -> json + "\n" + answer[0].body());
        final List<Event> events = loader.acknowledged();
        final String complaints = question.complaints(answer[0].json(), events);
        assertEquals("", complaints, () -> json + " of " + events.size() + " events");
    }

    private static long sealedSegments(final Deployment deployment) {
        return deployment.get("hot-tier", "/status").json().path("lanes").path(0).path("segments").path("sealed").asLong();
    }
}
