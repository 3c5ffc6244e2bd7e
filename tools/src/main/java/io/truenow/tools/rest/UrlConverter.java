package io.truenow.tools.rest;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.net.URI;
import java.net.URISyntaxException;

/** Reads the URL of a service's HTTP port: scheme, host and port, nothing behind them. */
public final class UrlConverter implements ITypeConverter<URI> {
    private static final int DEFAULT_PORT = 80;

    @Override
    public URI convert(final String text) {
        try {
            final URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            final boolean isBare = "http".equalsIgnoreCase(url.getScheme()) && url.getHost() != null && url.getUserInfo() == null
                && url.getRawPath().isEmpty() && url.getRawQuery() == null && url.getRawFragment() == null;
            if (isBare) {
                return url.getPort() < 0 ? new URI("http", null, url.getHost(), DEFAULT_PORT, null, null, null) : url;
            }
        } catch (final URISyntaxException e) {
            // told below
        }
        throw new TypeConversionException("'" + text + "' is not a URL such as http://127.0.0.1:8088");
    }
}
