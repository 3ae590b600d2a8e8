/* The specification once more, written to be checked by eye and not to be fast. It shares no code and no method with the
 * library: binary32 arithmetic is done in binary64 and rounded once to binary32, which is exact for a product and harmless for a
 * sum, a quotient and a square root (53 >= 2 * 24 + 2), and symbols are kept one to a byte until the end. */
#ifndef Q2_TEST_REFERENCE_H
#define Q2_TEST_REFERENCE_H

#include "q2.h"

typedef struct {
    q2_status status;
    uint64_t key;
    uint32_t transitions;
} slow_result;

/* One row of n elements to ceil(n/4) bytes. On a refused row nothing is written to packed. */
slow_result slow_quantise(const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed);

/* r of section 2 for a row whose sum is finite (1 where the sum is at most 1e-16), and tau of section 3. */
double slow_scale(const uint8_t *row, size_t n, q2_dtype dtype);
double slow_tau(size_t n);

/* Key and transitions of a packed code, symbol by symbol. */
slow_result slow_key(const uint8_t *packed, size_t n);

/* Lee distance from the definition on the circle 0..3, dimension by dimension. */
uint32_t slow_lee(const uint8_t *a, const uint8_t *b, size_t n);

/* Section 10 from its definitions: L1 distance, the two scores, and a query of int8 from one of floats. */
uint32_t slow_l1(const uint8_t *a, const uint8_t *b, size_t n);
float slow_code_dot(const uint8_t *a, const uint8_t *b, size_t n);
float slow_dot(const int8_t *query, const uint8_t *code, size_t n);
q2_status slow_dot_query(const float *x, size_t n, int8_t *query);

/* Bytes of a row (section 1). */
size_t slow_row_bytes(size_t n, q2_dtype dtype);

#endif
