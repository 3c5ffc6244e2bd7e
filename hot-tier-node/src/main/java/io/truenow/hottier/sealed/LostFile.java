package io.truenow.hottier.sealed;

import java.nio.file.Path;

/**
 * A segment file that was set aside because it is damaged, now or at an earlier start.
 *
 * @param file        where it lies now.
 * @param spanStartUs of its rows, by its name.
 * @param rowCount    rows that it held, by its name.
 * @param isNew       whether that was found out just now.
 */
public record LostFile(Path file, long spanStartUs, int rowCount, boolean isNew) {
}
