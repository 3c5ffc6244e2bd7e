/** Rules about the code base as a whole. */
package io.truenow.system.architecture;
