package io.github.q2kernel.q2;

/**
 * A code found by a search for the largest scores.
 *
 * @param id its place among the codes, from 0
 * @param score its score for the query; larger is nearer
 */
public record Scored(long id, float score) {}
