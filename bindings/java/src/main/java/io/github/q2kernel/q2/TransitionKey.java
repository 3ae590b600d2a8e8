package io.github.q2kernel.q2;

/**
 * The order in which a code's symbols change (docs/SPEC.md section 6).
 *
 * @param bits the first 32 kept symbols, two bits each, the first one on top; an unsigned number
 * @param transitions how many symbols are kept in all, 1 to n
 */
public record TransitionKey(long bits, int transitions) implements Comparable<TransitionKey> {
    private static final int SYMBOLS = 32;

    /**
     * The key as text.
     *
     * @return 16 lower-case hex digits
     */
    public String hex() {
        return String.format("%016x", bits);
    }

    /**
     * The bits of a key written by {@link #hex}.
     *
     * @param text 16 lower-case hex digits
     * @return the bits, an unsigned number
     */
    public static long bitsFromHex(String text) {
        if (!text.matches("[0-9a-f]{16}")) throw new IllegalArgumentException("text is \"" + text + "\", must be 16 lower-case hex digits");
        return Long.parseUnsignedLong(text, 16);
    }

    /**
     * The key in the letters A (strongly negative) to D (strongly positive).
     *
     * @return one letter for each kept symbol, at most 32
     */
    public String symbols() {
        return spell("ABCD");
    }

    /**
     * The key in the genetic reading of the same alphabet: G, A, C, T for A, B, C, D.
     *
     * @return one letter for each kept symbol, at most 32
     */
    public String bases() {
        return spell("GACT");
    }

    private String spell(String alphabet) {
        StringBuilder text = new StringBuilder(SYMBOLS);
        for (int i = 0; i < Math.min(transitions, SYMBOLS); i++) text.append(alphabet.charAt((int) (bits >>> 2 * (SYMBOLS - 1 - i)) & 3));
        return text.toString();
    }

    /** In the order of the bits as unsigned numbers, then of the transitions. */
    @Override
    public int compareTo(TransitionKey other) {
        int order = Long.compareUnsigned(bits, other.bits);
        return order != 0 ? order : Integer.compare(transitions, other.transitions);
    }

    /** The same as {@link #hex}. */
    @Override
    public String toString() {
        return hex();
    }
}
