package io.github.q2kernel.q2;

import java.util.Arrays;
import java.util.Objects;

/**
 * All that Q² keeps of an activation.
 *
 * @param packed the code, ceil(n/4) bytes: 4 dimensions a byte, the first in the highest bits
 * @param key the transition key
 * @param n dimensions
 */
public record Fingerprint(byte[] packed, TransitionKey key, int n) {
    /** Equal when the code's bytes, the key and n are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint f && n == f.n && key.equals(f.key) && Arrays.equals(packed, f.packed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(packed), key, n);
    }
}
