/** Publication of the committed catalog to the services' views, outside the log. */
package io.truenow.control.publication;
