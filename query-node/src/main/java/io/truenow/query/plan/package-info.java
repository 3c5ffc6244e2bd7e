/** What a query asks, first by name ({@code LogicalPlan}), then bound to the catalog's ordinals and shards ({@code BoundPlan}). */
package io.truenow.query.plan;
