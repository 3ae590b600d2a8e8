package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.util.stream.IntStream;

/**
 * What became of many rows. The arrays have one element a row.
 *
 * @param packed the codes, as the caller laid them out, or one after another, {@code packed.array()}
 * @param keys the keys' bits, unsigned
 * @param transitions the number of transitions
 * @param rowStatus 0 for a row that is done, 3 for one that is not finite
 * @param n dimensions
 */
public record RowResults(ByteBuffer packed, long[] keys, int[] transitions, byte[] rowStatus, int n) {
    private static final int NOT_FINITE = 3;

    /**
     * How many rows there were.
     *
     * @return the number
     */
    public int count() {
        return keys.length;
    }

    /**
     * A row's key.
     *
     * @param row its number, from 0
     * @return the key
     */
    public TransitionKey key(int row) {
        return new TransitionKey(keys[row], transitions[row]);
    }

    /**
     * The rows that are not finite.
     *
     * @return their numbers, from 0
     */
    public int[] refused() {
        return IntStream.range(0, rowStatus.length).filter(i -> rowStatus[i] == NOT_FINITE).toArray();
    }
}
