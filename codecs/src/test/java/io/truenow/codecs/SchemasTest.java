package io.truenow.codecs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the schemas promise beside their fields, asked of the generated flyweights that everything else uses. */
class SchemasTest {
    private static final String[] SCHEMAS = {"ingest", "control", "query", "edge"};

    @Test
    void schemasDifferById() throws Exception {
        final Set<Integer> ids = new HashSet<>();
        for (final String schema : SCHEMAS) {
            ids.add(Integer.parseInt(parse(schema).getDocumentElement().getAttribute("id")));
        }
        // a decoder takes a message by schema and template: equal ids would let one service read another's messages
        assertEquals(Set.of(100, 101, 102, 103), ids);
    }

    /** But for the query schema, whose PartialResult has its last three behind a byte: moving them would be another wire format. */
    @ParameterizedTest
    @ValueSource(strings = {"ingest", "control", "edge"})
    void longsAreAligned(final String schema) throws Exception {
        for (final String message : messages(schema)) {
            final Class<?> decoder = decoder(schema, message);
            for (final Method method : decoder.getMethods()) {
                if (method.getName().endsWith("EncodingOffset") && Modifier.isStatic(method.getModifiers())) {
                    final String field = method.getName().replace("EncodingOffset", "");
                    final int lengthBytes = (int) decoder.getMethod(field + "EncodingLength").invoke(null);
                    // what a later version appends begins where the former block ended
                    final boolean isFirstVersion = (int) decoder.getMethod(field + "SinceVersion").invoke(null) == 0;
                    if (isFirstVersion && lengthBytes == Long.BYTES) {
                        assertEquals(0, (int) method.invoke(null) % Long.BYTES, () -> schema + ' ' + message + '.' + field);
                    }
                }
            }
        }
    }

    @Test
    void blocksBeforeArraysThatAreReadInPlaceAreAligned() throws Exception {
        for (final String message : messages("ingest")) {
            assertEquals(0, constant("ingest", message, "BLOCK_LENGTH") % Long.BYTES, message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ingest", "control", "query", "edge"})
    void messagesOfASchemaDifferById(final String schema) throws Exception {
        final List<String> messages = messages(schema);
        assertFalse(messages.isEmpty());
        final Set<Integer> templates = new HashSet<>();
        final Set<Integer> schemas = new HashSet<>();
        for (final String message : messages) {
            assertTrue(templates.add(constant(schema, message, "TEMPLATE_ID")), () -> schema + ' ' + message);
            schemas.add(constant(schema, message, "SCHEMA_ID"));
        }
        assertEquals(1, schemas.size());
    }

    @Test
    void everyCommandBeginsAlike() throws Exception {
        // the state machine reads these before it knows which command it has
        for (final String command : List.of("RegisterService", "RenewLease", "CreateNamespace", "EnsureTable", "CommandBatch")) {
            final Class<?> decoder = decoder("control", command);
            assertEquals(0, decoder.getMethod("clientIdEncodingOffset").invoke(null), command);
            assertEquals(8, decoder.getMethod("sequenceEncodingOffset").invoke(null), command);
            assertEquals(16, decoder.getMethod("expectedVersionEncodingOffset").invoke(null), command);
        }
    }

    private static Class<?> decoder(final String schema, final String message) throws ClassNotFoundException {
        return Class.forName("io.truenow.codecs." + schema + '.' + message + "Decoder");
    }

    private static int constant(final String schema, final String message, final String name) throws ReflectiveOperationException {
        return decoder(schema, message).getField(name).getInt(null);
    }

    private static List<String> messages(final String schema) throws Exception {
        final NodeList elements = parse(schema).getElementsByTagName("sbe:message");
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            names.add(((Element) elements.item(i)).getAttribute("name"));
        }
        return names;
    }

    private static Document parse(final String schema) throws Exception {
        try (InputStream in = SchemasTest.class.getResourceAsStream("/sbe/" + schema + ".xml")) {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
        }
    }
}
