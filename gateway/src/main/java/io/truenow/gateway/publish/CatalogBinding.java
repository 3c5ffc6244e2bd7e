package io.truenow.gateway.publish;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.process.AtomicFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The catalog whose ids the journal's batches carry, kept in the gateway's directory, under its lock. If control loses its data it begins
 * another catalog, which gives the same ids to other tables and shards: old batches must not be fed to those. Opened by the launching
 * thread, then the journal agent's.
 *
 * <p>The file has the catalog's name in 32 hexadecimal digits. It is written once, forced, and renamed into place.
 */
public final class CatalogBinding {
    private static final String FILE = "catalog";
    private static final int DIGITS = 2 * Long.BYTES * 2;

    private final Path directory;
    private boolean isBound;
    private long idHigh;
    private long idLow;

    private CatalogBinding(final Path directory) {
        this.directory = directory;
    }

    /**
     * Reads which catalog the directory belongs to, if any yet.
     *
     * @throws IOException if it cannot be read.
     */
    public static CatalogBinding open(final Path directory) throws IOException {
        final CatalogBinding binding = new CatalogBinding(directory);
        final Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            final String digits = Files.readString(file).strip();
            if (digits.length() != DIGITS || !digits.chars().allMatch(digit -> Character.digit(digit, 16) >= 0)) {
                throw new IOException("file " + file + " is damaged");
            }
            binding.idHigh = Long.parseUnsignedLong(digits.substring(0, DIGITS / 2), 16);
            binding.idLow = Long.parseUnsignedLong(digits.substring(DIGITS / 2), 16);
            binding.isBound = true;
        }
        return binding;
    }

    /**
     * Whether it is the catalog that the directory belongs to. The first one that tells its name is, and that is on disk before this
     * returns.
     */
    boolean admits(final Catalog catalog) {
        if (catalog.idHigh() == 0 && catalog.idLow() == 0) {
            return true;
        }
        if (!isBound) {
            idHigh = catalog.idHigh();
            idLow = catalog.idLow();
            write();
            isBound = true;
        }
        return idHigh == catalog.idHigh() && idLow == catalog.idLow();
    }

    private void write() {
        final byte[] digits = new byte[DIGITS];
        for (int i = 0; i < DIGITS; i++) {
            final long half = i < DIGITS / 2 ? idHigh : idLow;
            digits[i] = (byte) Character.forDigit((int) (half >>> Long.SIZE - 4 * (i % (DIGITS / 2) + 1)) & 0xF, 16);
        }
        try {
            AtomicFile.replace(directory.resolve(FILE), digits);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot keep the catalog's name in the gateway's directory", e);
        }
    }
}
