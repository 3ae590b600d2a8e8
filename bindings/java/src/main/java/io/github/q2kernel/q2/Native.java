package io.github.q2kernel.q2;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** The functions of q2_jni.c, and how they are loaded. A memory is three arguments: object, offset in bytes, whether it is an array. */
final class Native {
    private static final String LIBRARY = "q2.library";

    static {
        load();
    }

    private Native() {}

    static native int quantise(Object tensor, long offset, boolean array, long seqLen, int n, int dtype,
            Object packed, long packedOffset, boolean packedArray, long[] keyAndTransitions);

    static native int quantiseRows(Object rows, long offset, boolean array, long rowStride, long count, int n, int dtype,
            Object packed, long packedOffset, boolean packedArray, long packedStride, long[] keys, int[] transitions, byte[] rowStatus, int first);

    static native int key(Object packed, long offset, boolean array, int n, long[] keyAndTransitions);

    static native int leeDistance(Object a, long aOffset, boolean aArray, Object b, long bOffset, boolean bArray, int n);

    static native int rank(int ranking, Object query, long queryOffset, boolean queryArray, Object codes, long codesOffset, boolean codesArray,
            long stride, long count, int n, Object out, int first);

    static native int nearest(int ranking, Object queries, long queriesOffset, boolean queriesArray, long queryStride, int queryCount,
            Object codes, long codesOffset, boolean codesArray, long stride, long count, int n, int k, long[] ids, Object out);

    static native int dotQuery(float[] vector, int n, byte[] query);

    static native String version();

    static native int abiVersion();

    static native String isa();

    static native int forceIsa(String name);

    private static native String useLibrary(String path);

    /** The bridge comes out of the jar; libq2 is inside it, or is the one that the property names. */
    private static void load() {
        String file = System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-" + System.getProperty("os.arch") + "/libq2jni.so";
        try (InputStream in = Native.class.getResourceAsStream(file)) {
            if (in == null) throw new UnsatisfiedLinkError("q2: this jar holds no library for this machine (" + file + "): build the package on it, see its README");
            Path copy = Files.createTempFile("libq2jni", ".so");
            try {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                System.load(copy.toString());
            } finally {
                Files.delete(copy); // what is loaded stays loaded
            }
        } catch (IOException e) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError("q2: the library could not be unpacked into java.io.tmpdir: " + e).initCause(e);
        }
        String library = System.getProperty(LIBRARY, "");
        String wrong = library.isEmpty() ? null : useLibrary(library);
        if (wrong != null) throw new UnsatisfiedLinkError("q2: property " + LIBRARY + " is " + library + ": " + wrong);
    }
}
