/* Code against code in portable C (section 10): see level_words.h. */
#include "level_words.h"

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores) {
    for (size_t i = 0; i < count; i++) {
        const q2_sign_counts c = q2_words_signs(query, codes + i * stride, n);
        scores[i] = q2_score(q2_level_product((uint32_t)c.h, (uint32_t)c.x, (uint32_t)c.y, n), (uint32_t)c.weak, n);
    }
}

static size_t first_above(const float *scores, size_t from, size_t count, float limit) {
    while (from < count && !(scores[from] > limit)) from++;
    return from;
}

const q2_score_table q2_code_dot_scalar = {many, NULL, first_above, NULL};
