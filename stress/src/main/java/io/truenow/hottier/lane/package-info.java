/** How a lane and its query agent wait for each other. */
package io.truenow.hottier.lane;
