package io.github.q2kernel.q2;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The golden cases (docs/SPEC.md section 9): what every implementation must give. */
record Golden(int index, Dtype dtype, int n, int seqLen, boolean refused, byte[] input, byte[] packed, TransitionKey key) {
    static List<Golden> cases() {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(Path.of("../../testdata/golden/golden.q2gv"))).order(ByteOrder.LITTLE_ENDIAN);
            List<Golden> cases = new ArrayList<>();
            int at = 16;
            for (int i = 0; i < file.getInt(8); i++) {
                int inputLength = file.getInt(at + 20);
                int packedLength = file.getInt(at + 24);
                byte[] input = Arrays.copyOfRange(file.array(), at + 48, at + 48 + inputLength);
                byte[] packed = Arrays.copyOfRange(file.array(), at + 48 + inputLength, at + 48 + inputLength + packedLength);
                cases.add(new Golden(i, Dtype.values()[file.getInt(at)], file.getInt(at + 4), file.getInt(at + 8), file.getInt(at + 12) == 3, input, packed,
                        new TransitionKey(file.getLong(at + 32), file.getInt(at + 28))));
                at += (48 + inputLength + packedLength + 7) / 8 * 8;
            }
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The instruction sets to test; those in Q2_REQUIRE must be there. */
    static Stream<String> isas() {
        List<String> required = List.of(System.getenv().getOrDefault("Q2_REQUIRE", "").split(","));
        return Stream.of("scalar", "avx2", "avx512", "neon").filter(isa -> {
            try {
                Q2.forceIsa(isa);
                return true;
            } catch (UnsupportedIsaException e) {
                if (required.contains(isa)) throw e;
                return false;
            } finally {
                Q2.forceIsa(null);
            }
        });
    }
}
