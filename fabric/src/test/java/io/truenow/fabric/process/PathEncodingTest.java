package io.truenow.fabric.process;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class PathEncodingTest {
    private static final String POSIX = "ANSI_X3.4-1968";

    @Test
    void anyCharacterNamesAFileInUtf8() {
        assertNull(PathEncoding.whyUnusable("/data/d\u00fc \u65e5\ud83d\ude00:", true, "UTF-8"));
        assertNull(PathEncoding.whyUnusable("", true, "UTF-8"));
    }

    @Test
    void otherLocalesTakeAsciiOnly() {
        assertNull(PathEncoding.whyUnusable("/data/du ~:\u007f", false, POSIX));
        final String refusal = "has characters that the locale's encoding, ANSI_X3.4-1968, does not keep, while names of files are UTF-8: "
            + "start it with LC_ALL=C.UTF-8";
        assertEquals(refusal, PathEncoding.whyUnusable("/data/d\u00fc", false, POSIX));
        assertEquals(refusal, PathEncoding.whyUnusable("\u0080", false, POSIX));
        // as the Java machine hands on an argument that it could not decode
        assertEquals(refusal, PathEncoding.whyUnusable("/data/d\ufffd\ufffd", false, POSIX));
    }

    @Test
    void whatCouldNotBeDecodedNamesAnotherFile() {
        assertEquals("has bytes that are not UTF-8", PathEncoding.whyUnusable("/data/d\ufffd", true, "UTF-8"));
        assertEquals("has bytes that are not UTF-8", PathEncoding.whyUnusable("\ufffd", true, "UTF-8"));
    }
}
