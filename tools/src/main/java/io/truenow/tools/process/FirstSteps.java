package io.truenow.tools.process;

import java.util.Locale;

/** What a newcomer pastes into a terminal. */
final class FirstSteps {
    private FirstSteps() {
    }

    /** A first event and a first query; {@code date} fills in the time when they are pasted. */
    static String text(final String gatewayUrl, final String queryUrl) {
        return String.format(Locale.ROOT, """
            A first event, and a query that counts it:

            curl -s %s/v1/ingest -d '{"namespace":"demo","table":"sales","event_id":"e-'$(date +%%s%%N)'","event_time":'$(date +%%s%%6N)',\
            "dimensions":{"region":"us-east","product":"a"},"metrics":{"amount":12.5}}'

            curl -s %s/v1/query -d '{"namespace":"demo","table":"sales",\
            "start_time":'$(date -d '-1 hour' +%%s%%6N)',"end_time":'$(date +%%s%%6N)',\
            "group_by":["region"],"aggregate":"sum","metric":"amount"}'
            """, gatewayUrl, queryUrl);
    }
}
