package io.github.q2kernel.q2;

/** An instruction set that the processor, the operating system or this build lacks. */
public final class UnsupportedIsaException extends Q2Exception {
    private static final long serialVersionUID = 1;

    UnsupportedIsaException(String name, String inUse) {
        super("the processor, the operating system or this build lacks " + name + "; in use: " + inUse);
    }
}
