/** Off-heap hash tables that grow page by page, so no batch ever waits for a large rehash. */
package io.truenow.engine.store.hash;
