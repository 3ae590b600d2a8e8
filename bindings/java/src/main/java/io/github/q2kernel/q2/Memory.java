package io.github.q2kernel.q2;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Objects;

/** A caller's memory, of which libq2 gets the address: a primitive array or a direct buffer, from an offset on. */
record Memory(Object base, boolean array, long offset, long bytes) {
    /**
     * The array, or the buffer as long as its memory is there: one over an arena (Java 22) that was closed, or belongs to another thread, throws its own exception
     * here. The virtual machine would give C the address all the same.
     */
    @Override
    public Object base() {
        if (!array && bytes > 0) touch();
        return base;
    }

    private void touch() {
        if (base instanceof ByteBuffer b) (offset < b.limit() ? b : b.duplicate().clear()).get((int) offset);
        if (base instanceof FloatBuffer f) (offset / 4 < f.limit() ? f : f.duplicate().clear()).get((int) (offset / 4));
    }

    static Memory of(float[] a) {
        return new Memory(a, true, 0, 4L * a.length);
    }

    static Memory of(short[] a) {
        return new Memory(a, true, 0, 2L * a.length);
    }

    static Memory of(byte[] a) {
        return new Memory(a, true, 0, a.length);
    }

    /** What lies between position and limit. */
    static Memory of(ByteBuffer b, String what) {
        Objects.requireNonNull(b, what);
        if (b.isDirect()) return new Memory(b, false, b.position(), b.remaining());
        requireArray(b, b.hasArray(), what);
        return new Memory(b.array(), true, (long) b.arrayOffset() + b.position(), b.remaining());
    }

    static Memory of(FloatBuffer b, String what) {
        Objects.requireNonNull(b, what);
        if (b.order() != ByteOrder.nativeOrder()) {
            throw new IllegalArgumentException(what + " is a " + b.order() + " buffer, must be in the machine's order, " + ByteOrder.nativeOrder());
        }
        if (b.isDirect()) return new Memory(b, false, 4L * b.position(), 4L * b.remaining());
        requireArray(b, b.hasArray(), what);
        return new Memory(b.array(), true, 4L * (b.arrayOffset() + b.position()), 4L * b.remaining());
    }

    static Memory output(ByteBuffer b, String what) {
        Objects.requireNonNull(b, what);
        if (b.isReadOnly()) throw new ReadOnlyBufferException();
        return of(b, what);
    }

    private static void requireArray(Buffer b, boolean has, String what) {
        if (has) return;
        String kind = b.isReadOnly() ? "a read-only heap buffer" : "a view of a heap buffer";
        throw new IllegalArgumentException(what + " is " + kind + ", which hides its array: a direct buffer, or one that wraps an array, is needed");
    }

    /** How many items of width bytes, stride apart, lie in it. */
    long items(long stride, long width) {
        return bytes < width ? 0 : (bytes - width) / stride + 1;
    }

    void requireBytes(long least, String what) {
        if (bytes < least) throw new IllegalArgumentException(what + " has " + bytes + " bytes, must have at least " + least);
    }
}
