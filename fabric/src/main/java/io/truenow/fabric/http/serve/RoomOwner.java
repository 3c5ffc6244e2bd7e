package io.truenow.fabric.http.serve;

/** Who waits for room for a request. Called on its event loop. */
public interface RoomOwner {
    /** The room that was waited for has been taken from the budget. */
    void onRoom();

    /** There was none in time. */
    void onNoRoom();
}
