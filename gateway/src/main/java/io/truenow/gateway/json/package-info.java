/** Reading JSON from bytes without a tree, a map or a string. */
package io.truenow.gateway.json;
