/** Random queries of every feature of the language, and what a plain model answers. */
package io.truenow.system.question;
