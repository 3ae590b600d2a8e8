/* Every golden case on every kernel (section 9), through the kernel and through the public interface. */
#include "test_check.h"

typedef struct {
    uint32_t dtype, n, seq_len, status, source, input_length, packed_length, transitions;
    uint64_t key, zero;
} record;

static uint8_t *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL, "cannot open %s", path);
    CHECK(fseek(file, 0, SEEK_END) == 0, "%s", path);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    CHECK(bytes != NULL && fread(bytes, 1, *length, file) == *length, "cannot read %s", path);
    fclose(file);
    return bytes;
}

static void check_case(const q2_kernel *kernel, uint32_t index, const record *want, const uint8_t *input, const uint8_t *expected) {
    enum { CANARY = 0xA5 };
    const size_t length = want->packed_length;
    uint8_t *packed = malloc(length + 8);
    uint64_t key = 1;
    uint32_t transitions = 2;
    CHECK(packed != NULL, "out of memory");
    memset(packed, CANARY, length + 8);

    const q2_status status = q2_quantise(input, want->seq_len, want->n, (q2_dtype)want->dtype, packed, &key, &transitions);
    CHECK(status == want->status, "%s case %u: status %d, want %u", kernel->isa, index, (int)status, want->status);
    for (size_t i = 0; i < length; i++) {
        const uint8_t byte = status == Q2_OK ? expected[i] : CANARY;
        CHECK(packed[i] == byte, "%s case %u: byte %zu is %02x, want %02x", kernel->isa, index, i, packed[i], byte);
    }
    for (size_t i = length; i < length + 8; i++) CHECK(packed[i] == CANARY, "%s case %u wrote past its end", kernel->isa, index);
    CHECK(key == (status == Q2_OK ? want->key : 1), "%s case %u: key %016llx", kernel->isa, index, (unsigned long long)key);
    CHECK(transitions == (status == Q2_OK ? want->transitions : 2), "%s case %u: %u transitions", kernel->isa, index, transitions);
    free(packed);
}

static uint32_t check_file(const q2_kernel *kernel, const uint8_t *file, size_t length) {
    uint32_t count, passed = 0;
    size_t at = 16;
    CHECK(length >= 16 && memcmp(file, "Q2GV", 4) == 0, "not a golden file");
    memcpy(&count, file + 8, sizeof count);
    for (uint32_t i = 0; i < count; i++, passed++) {
        record want;
        CHECK(length - at >= sizeof want, "golden file ends within case %u", i);
        memcpy(&want, file + at, sizeof want);
        const size_t bytes = sizeof want + want.input_length + want.packed_length;
        CHECK(length - at >= bytes, "golden file ends within case %u", i);
        /* An input of its own length at an odd address, so that a sanitizer sees a read past it. */
        uint8_t *input = malloc(want.input_length + 1u);
        CHECK(input != NULL, "out of memory");
        memcpy(input + 1, file + at + sizeof want, want.input_length);
        check_case(kernel, i, &want, input + 1, file + at + sizeof want + want.input_length);
        free(input);
        at += (bytes + 7) / 8 * 8;
    }
    return passed;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: test_golden FILE.q2gv");
    check_required();
    size_t length, i = 0;
    uint8_t *file = read_file(argv[1], &length);
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        const uint32_t passed = check_file(kernel, file, length);
        printf("%-8s needs %02x: %u cases\n", kernel->isa, kernel->features, passed);
    }
    free(file);
    return 0;
}
