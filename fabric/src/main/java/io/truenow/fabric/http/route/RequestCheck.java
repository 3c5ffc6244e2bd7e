package io.truenow.fabric.http.route;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.truenow.fabric.config.Nearest;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What no edge takes, whatever the route: a request that says something which would be ignored, taken by half, or guessed. A client that
 * writes {@code ?acks=applied} believes that its events are applied; one that names two namespaces would fill one of them. Stateless.
 */
public final class RequestCheck {
    /** Given twice with different values, nobody can tell which is meant. */
    private static final List<String> SINGLE_HEADERS = List.of("X-Namespace", "X-Table", "X-Priority");

    private RequestCheck() {
    }

    /**
     * Checks what stands around a request's body.
     *
     * @param parameters names of the query parameters that the route knows.
     * @return null, or why the request is refused.
     */
    public static Problem check(final HttpRequest request, final Set<String> parameters) {
        Problem problem = checkEncodings(request);
        if (problem == null) {
            problem = checkSingleHeaders(request.headers());
        }
        return problem == null ? checkUri(request.uri(), parameters) : problem;
    }

    private static Problem checkEncodings(final HttpRequest request) {
        final HttpHeaders headers = request.headers();
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            final String encodings = String.join(", ", headers.getAll(HttpHeaderNames.TRANSFER_ENCODING));
            if (!HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.strip())) {
                return Problem.ofField(ProblemCode.UNSUPPORTED_TRANSFER_ENCODING, "Transfer-Encoding",
                    "Transfer-Encoding is '" + encodings + "'; supported is chunked alone.");
            }
        }
        if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)) {
            final String encodings = String.join(", ", headers.getAll(HttpHeaderNames.CONTENT_ENCODING));
            if (!HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(encodings.strip())) {
                return Problem.ofField(ProblemCode.UNSUPPORTED_CONTENT_ENCODING, "Content-Encoding",
                    "Content-Encoding is '" + encodings + "'; supported is identity: send the body as it is.");
            }
        }
        return checkCharset(headers.get(HttpHeaderNames.CONTENT_TYPE));
    }

    /** The type itself is not looked at: {@code curl -d} calls JSON a form. */
    private static Problem checkCharset(final String contentType) {
        final CharSequence charset = contentType == null ? null : HttpUtil.getCharsetAsSequence(contentType);
        if (charset == null) {
            return null;
        }
        return switch (charset.toString().replace('"', ' ').strip().toLowerCase(Locale.ROOT)) {
            case "utf-8", "utf8", "us-ascii", "ascii" -> null;
            default -> Problem.ofField(ProblemCode.UNSUPPORTED_CHARSET, "Content-Type",
                "Content-Type names the charset '" + charset + "'; supported is utf-8.");
        };
    }

    private static Problem checkSingleHeaders(final HttpHeaders headers) {
        for (int i = 0; i < SINGLE_HEADERS.size(); i++) {
            final String name = SINGLE_HEADERS.get(i);
            if (headers.contains(name)) {
                final Iterator<String> values = headers.valueStringIterator(name);
                final String first = values.next();
                while (values.hasNext()) {
                    if (!first.equals(values.next())) {
                        return Problem.ofField(ProblemCode.DUPLICATE_HEADER, name,
                            name + " is given twice with different values; give one.");
                    }
                }
            }
        }
        return null;
    }

    private static Problem checkUri(final String uri, final Set<String> parameters) {
        if (uri.indexOf('%') >= 0 && !isDecodable(uri)) {
            return Problem.of(ProblemCode.MALFORMED_URI,
                "A '%' in the request's path or parameters does not begin the two hexadecimal digits of a byte of UTF-8; write % as %25.");
        }
        if (uri.indexOf('?') < 0) {
            return null;
        }
        for (final Map.Entry<String, List<String>> parameter : new QueryStringDecoder(uri).parameters().entrySet()) {
            final String name = parameter.getKey();
            if (!parameters.contains(name)) {
                return Problem.ofField(ProblemCode.UNKNOWN_PARAMETER, name, unknown(name, parameters));
            }
            if (parameter.getValue().size() > 1) {
                return Problem.ofField(ProblemCode.DUPLICATE_PARAMETER, name, name + " is given twice; give it once.");
            }
        }
        return null;
    }

    private static String unknown(final String name, final Set<String> parameters) {
        final String start = "'" + name + "' is not a parameter of this path; ";
        if (parameters.isEmpty()) {
            return start + "it takes none.";
        }
        final Set<String> known = new TreeSet<>(parameters);
        final String near = Nearest.ifNear(name.toLowerCase(Locale.ROOT), known);
        return start + (near == null ? "it takes " + String.join(", ", known) + '.' : "did you mean " + near + '?');
    }

    /** Whether every percent sign begins an escape, and what the escapes make is UTF-8. */
    private static boolean isDecodable(final String uri) {
        final byte[] decoded = new byte[uri.length()];
        int length = 0;
        for (int i = 0; i < uri.length(); i++) {
            if (uri.charAt(i) == '%') {
                final int high = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 1), 16) : -1;
                final int low = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return false;
                }
                decoded[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                decoded[length++] = (byte) (uri.charAt(i) < 0x80 ? uri.charAt(i) : '?');
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(decoded, 0, length));
            return true;
        } catch (final CharacterCodingException e) {
            return false;
        }
    }
}
