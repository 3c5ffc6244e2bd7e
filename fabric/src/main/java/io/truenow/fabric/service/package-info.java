/** What a service is given, and what it says of itself. */
package io.truenow.fabric.service;
