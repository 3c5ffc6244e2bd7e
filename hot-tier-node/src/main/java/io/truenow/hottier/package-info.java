/** The hot tier: lanes, segments, kernels, query agents. */
package io.truenow.hottier;
