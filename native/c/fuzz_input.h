/* What the fuzz targets share: numbers cut from the front of the fuzzer's bytes, and exact-size copies, so that a sanitiser sees the first byte
 * read or written too far. */
#ifndef Q2_FUZZ_INPUT_H
#define Q2_FUZZ_INPUT_H

#include "test_check.h"
#include "test_reference.h"

typedef struct {
    const uint8_t *data;
    size_t size;
} fuzz_input;

/* The next byte, 0 when there are no more. */
static inline size_t fuzz_byte(fuzz_input *in) {
    if (in->size == 0) return 0;
    in->size--;
    return *in->data++;
}

static inline size_t fuzz_word(fuzz_input *in) {
    size_t low = fuzz_byte(in);
    return low | fuzz_byte(in) << 8;
}

/* A heap copy of exactly the next `bytes` bytes, zeros past the end of the input. */
static inline uint8_t *fuzz_copy(fuzz_input *in, size_t bytes) {
    uint8_t *copy = malloc(bytes == 0 ? 1 : bytes);
    if (copy == NULL) exit(1);
    size_t there = bytes < in->size ? bytes : in->size;
    memset(copy, 0, bytes);
    memcpy(copy, in->data, there);
    in->data += there;
    in->size -= there;
    return copy;
}

static inline uint8_t *fuzz_output(size_t bytes) {
    uint8_t *output = malloc(bytes == 0 ? 1 : bytes);
    if (output == NULL) exit(1);
    memset(output, 0x5A, bytes);
    return output;
}

/* A crash that the fuzzer records, where the kernels disagree with the reference. */
#define FUZZ_CHECK(condition)                                                       \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
            __builtin_trap();                                                       \
        }                                                                           \
    } while (0)

#endif
