package io.github.q2kernel.q2;

/**
 * A code found by a search.
 *
 * @param id its place among the codes, from 0
 * @param distance its Lee distance to the query
 */
public record Neighbour(long id, int distance) {}
