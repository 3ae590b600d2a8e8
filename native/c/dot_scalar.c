/* A query of int8 against codes in portable C (section 10). */
#include "level_words.h"

/* By the two bits of a symbol: A, B, D, C. */
static const int8_t level[4] = {-4, -1, 4, 1};

static int32_t product(const int8_t *query, const uint8_t *code, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n / 4; i++) {
        const int8_t *q = query + 4 * i;
        const unsigned byte = code[i];
        sum += q[0] * level[byte >> 6] + q[1] * level[byte >> 4 & 3] + q[2] * level[byte >> 2 & 3] + q[3] * level[byte & 3];
    }
    for (size_t d = n / 4 * 4; d < n; d++) sum += query[d] * level[code[d / 4] >> (6 - 2 * (d % 4)) & 3];
    return sum;
}

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *code = codes + i * stride;
        scores[i] = q2_score(product((const int8_t *)query, code, n), q2_words_weak(code, n), n);
    }
}

static size_t first_above(const float *scores, size_t from, size_t count, float limit) {
    while (from < count && !(scores[from] > limit)) from++;
    return from;
}

const q2_score_table q2_dot_scalar = {many, NULL, first_above, NULL};
