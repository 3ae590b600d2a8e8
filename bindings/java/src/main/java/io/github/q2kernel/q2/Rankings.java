package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Rankings of codes beside Lee distance (docs/SPEC.md section 10). L1 is a distance, smaller is nearer; code dot and dot are scores by the levels -4, -1, +1, +4,
 * larger is nearer. Dot, which takes a query vector and not a code, finds most true neighbours. Ties go by lower id; k is 1 to {@link Q2#MAX_NEAREST}.
 */
public final class Rankings {
    private Rankings() {}

    /**
     * The L1 distance of two codes: |a - b| summed over the values of their symbols.
     *
     * @param a a code
     * @param b a code
     * @param n their dimensions
     * @return the distance, 0 to 3n
     */
    public static int l1Distance(byte[] a, byte[] b, int n) {
        return Ranking.L1.distance(a, b, n);
    }

    /**
     * The L1 distances of one query to many codes.
     *
     * @param query a code
     * @param codes codes one after another
     * @param n their dimensions
     * @return one distance a code
     */
    public static int[] l1Distances(byte[] query, ByteBuffer codes, int n) {
        return Ranking.L1.distances(query, codes, n);
    }

    /**
     * The codes nearest by L1 distance.
     *
     * @param query a code
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return nearest first; fewer than k where there are fewer codes
     */
    public static List<Neighbour> l1Nearest(byte[] query, ByteBuffer codes, int n, int k) {
        return Ranking.L1.nearestDistances(query, codes, n, k);
    }

    /**
     * {@link #l1Nearest} for many queries in one pass over the codes.
     *
     * @param queries codes one after another
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return one list a query
     */
    public static List<List<Neighbour>> l1NearestMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        return Ranking.L1.nearestDistancesMany(queries, codes, n, k);
    }

    /**
     * The score of a code against a code, divided by the norm of b: the order matters.
     *
     * @param a a code
     * @param b a code
     * @param n their dimensions
     * @return the score
     */
    public static float codeDot(byte[] a, byte[] b, int n) {
        return Ranking.CODE_DOT.score(a, b, n);
    }

    /**
     * The scores of one code against many.
     *
     * @param query a code
     * @param codes codes one after another
     * @param n their dimensions
     * @return one score a code
     */
    public static float[] codeDotScores(byte[] query, ByteBuffer codes, int n) {
        return Ranking.CODE_DOT.scores(query, codes, n);
    }

    /**
     * The codes with the largest scores against a code.
     *
     * @param query a code
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return nearest first; fewer than k where there are fewer codes
     */
    public static List<Scored> codeDotNearest(byte[] query, ByteBuffer codes, int n, int k) {
        return Ranking.CODE_DOT.nearestScores(query, codes, n, k);
    }

    /**
     * {@link #codeDotNearest} for many queries in one pass over the codes.
     *
     * @param queries codes one after another
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return one list a query
     */
    public static List<List<Scored>> codeDotNearestMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        return Ranking.CODE_DOT.nearestScoresMany(queries, codes, n, k);
    }

    /**
     * A query vector, of any scale, as {@link #dot} takes it.
     *
     * @param vector the vector
     * @return as many int8
     * @throws NotFiniteException if a NaN or an infinity is among its elements
     */
    public static byte[] dotQuery(float[] vector) {
        Q2.packedLength(vector.length);
        byte[] query = new byte[vector.length];
        int status = Native.dotQuery(vector, vector.length, query);
        if (status == Q2.NOT_FINITE) throw new NotFiniteException("the query holds a NaN or an infinity");
        Q2.require(status);
        return query;
    }

    /**
     * The score of a query vector against a code.
     *
     * @param query n int8, from {@link #dotQuery} or elsewhere
     * @param code a code
     * @param n their dimensions
     * @return the score
     */
    public static float dot(byte[] query, byte[] code, int n) {
        return Ranking.DOT.score(query, code, n);
    }

    /**
     * The scores of one query vector against many codes.
     *
     * @param query n int8, from {@link #dotQuery} or elsewhere
     * @param codes codes one after another
     * @param n their dimensions
     * @return one score a code
     */
    public static float[] dotScores(byte[] query, ByteBuffer codes, int n) {
        return Ranking.DOT.scores(query, codes, n);
    }

    /**
     * The codes with the largest scores against a query vector.
     *
     * @param query n int8, from {@link #dotQuery} or elsewhere
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return nearest first; fewer than k where there are fewer codes
     */
    public static List<Scored> dotNearest(byte[] query, ByteBuffer codes, int n, int k) {
        return Ranking.DOT.nearestScores(query, codes, n, k);
    }

    /**
     * {@link #dotNearest} for many queries in one pass over the codes.
     *
     * @param queries query vectors one after another
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many
     * @return one list a query
     */
    public static List<List<Scored>> dotNearestMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        return Ranking.DOT.nearestScoresMany(queries, codes, n, k);
    }
}
