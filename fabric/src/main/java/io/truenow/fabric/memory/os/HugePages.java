package io.truenow.fabric.memory.os;

/** Whether memory is wanted in pages of mostly 2 MiB instead of 4 KiB, which spares address translations. */
public enum HugePages {
    /** Not asked for; the machine may give them nevertheless. */
    OFF,
    /** Asked for; without them it is slower. */
    TRY,
    /** Memory that does not have them is refused. */
    REQUIRE
}
