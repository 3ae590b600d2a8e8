package io.github.q2kernel.q2;

/** A row has no finite norm: a NaN or an infinity among its elements, or squares that overflow (docs/SPEC.md section 2). */
public class NotFiniteException extends Q2Exception {
    private static final long serialVersionUID = 1;
    static final String WHY = "a NaN or an infinity among its elements, or squares that overflow";

    NotFiniteException(String message) {
        super(message);
    }
}
