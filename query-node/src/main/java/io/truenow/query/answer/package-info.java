/** Answers as their readers want them, written from rows: JSON so far. */
package io.truenow.query.answer;
