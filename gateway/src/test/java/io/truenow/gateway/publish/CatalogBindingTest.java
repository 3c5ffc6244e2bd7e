package io.truenow.gateway.publish;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Batches of one catalog are never fed to another, whose ids mean other tables. */
class CatalogBindingTest {
    @TempDir
    Path directory;

    @Test
    void belongsToTheFirstThatTellsItsNameForEver() throws IOException {
        final CatalogBinding binding = CatalogBinding.open(directory);
        assertTrue(binding.admits(catalog(0, 0)), "one that has not told its name yet");
        assertFalse(Files.exists(directory.resolve("catalog")));
        assertTrue(binding.admits(catalog(0xfedc_ba98_7654_3210L, 7)));
        assertEquals("fedcba98765432100000000000000007", Files.readString(directory.resolve("catalog")).strip(),
            "on disk before the first batch is fed");
        for (final CatalogBinding bound : new CatalogBinding[] {binding, CatalogBinding.open(directory)}) {
            assertTrue(bound.admits(catalog(0xfedc_ba98_7654_3210L, 7)));
            assertFalse(bound.admits(catalog(0xfedc_ba98_7654_3210L, 8)));
            assertFalse(bound.admits(catalog(1, 7)));
            assertTrue(bound.admits(catalog(0, 0)));
        }
    }

    @Test
    void aNameMayBeHalfZeros() throws IOException {
        assertTrue(CatalogBinding.open(directory).admits(catalog(0, 5)));
        assertTrue(CatalogBinding.open(directory).admits(catalog(0, 5)));
        assertFalse(CatalogBinding.open(directory).admits(catalog(5, 0)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fedcba9876543210000000000000000", "fedcba987654321000000000000000077", "fedcba9876543210000000000000000g"})
    void aDamagedFileIsNotTakenForAName(final String text) throws IOException {
        Files.writeString(directory.resolve("catalog"), text);
        assertThrows(IOException.class, () -> CatalogBinding.open(directory));
    }

    @Test
    void whatCannotBeKeptIsNotFed() throws IOException {
        final Path gone = Files.createDirectory(directory.resolve("gone"));
        final CatalogBinding binding = CatalogBinding.open(gone);
        Files.delete(gone);
        assertThrows(UncheckedIOException.class, () -> binding.admits(catalog(1, 2)));
        Files.createDirectory(gone);
        assertTrue(binding.admits(catalog(1, 2)));
        assertTrue(Files.exists(gone.resolve("catalog")));
    }

    private static Catalog catalog(final long idHigh, final long idLow) {
        return new CatalogBuilder().build(idHigh, idLow, 3);
    }
}
