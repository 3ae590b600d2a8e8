package io.github.q2kernel.q2;

/** What Q² throws besides {@link IllegalArgumentException} and its kin: a row or a machine that can't do what was asked. */
public abstract class Q2Exception extends RuntimeException {
    private static final long serialVersionUID = 1;

    Q2Exception(String message) {
        super(message);
    }
}
