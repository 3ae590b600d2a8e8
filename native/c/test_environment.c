/* The caller's floating-point environment (rounding mode, flush-to-zero, denormals-are-zero) changes neither the result nor is it changed. */
#include "test_reference.h"
#include "test_isa.h"
#include "random_rows.h"

#include <fenv.h>

#if defined(__x86_64__)
#include <immintrin.h>
typedef unsigned environment;
static environment get_environment(void) { return _mm_getcsr() & ~0x3Fu; } /* without the sticky flags */
static void set_environment(environment e) { _mm_setcsr(e); }
static const environment settings[] = {0x1F80, 0x9F80, 0x1FC0, 0x9FC0, 0x3F80, 0x5F80, 0x7F80, 0xFFC0};
#elif defined(__aarch64__)
typedef uint64_t environment;
static environment get_environment(void) {
    environment e;
    __asm__ volatile("mrs %0, fpcr" : "=r"(e));
    return e;
}
static void set_environment(environment e) { __asm__ volatile("msr fpcr, %0" ::"r"(e)); }
static const environment settings[] = {0, 1u << 24, 1u << 22, 2u << 22, 3u << 22, 1u << 24 | 3u << 22, 1u << 19, 1u << 25};
#else
#error "name this processor's floating-point control register here"
#endif

enum { LONGEST = 1030 };
static const q2_dtype dtypes[] = {Q2_FP32, Q2_FP16, Q2_Q8, Q2_Q4, Q2_BF16};
static uint8_t row[4 * LONGEST], expected[LONGEST / 4 + 1], packed[LONGEST / 4 + 1];

static void check_setting(const char *isa, environment wanted, size_t n, q2_dtype dtype, slow_result want) {
    uint64_t key;
    uint32_t transitions;
    environment before = get_environment();
    set_environment(wanted);
    environment set = get_environment();
    q2_status status = q2_quantise(row, 1, n, dtype, packed, &key, &transitions);
    uint8_t row_status = 9;
    uint8_t rows_packed[LONGEST / 4 + 1];
    q2_quantise_rows(row, slow_row_bytes(n, dtype), 1, n, dtype, rows_packed, (n + 3) / 4, NULL, NULL, &row_status);
    environment after = get_environment();
    set_environment(before);
    int same = status == want.status && memcmp(packed, expected, (n + 3) / 4) == 0 && key == want.key && transitions == want.transitions;
    same = same && row_status == want.status && memcmp(rows_packed, expected, (n + 3) / 4) == 0;
    if (!same || after != set) {
        printf("%s dtype %d n %zu setting %#lx: %s\n", isa, (int)dtype, n, (unsigned long)wanted, same ? "environment changed" : "another result");
        exit(1);
    }
}

static void check_row(const char *isa, size_t n, q2_dtype dtype) {
    slow_result want = slow_quantise(row, n, dtype, expected);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check_setting(isa, settings[i], n, dtype, want);
}

enum { CODES = 11 };

typedef struct {
    size_t n;
    float x[LONGEST];
    int8_t query[LONGEST]; /* as the definition has it */
    uint8_t codes[CODES * (LONGEST / 4 + 1)];
    float scores[CODES], code_scores[CODES];
} search;

/* A query from floats, both scores and the nearest by them, all within one setting. */
static bool rankings_agree(const search *s) {
    const size_t stride = (s->n + 3) / 4;
    int8_t query[LONGEST];
    float scores[CODES], code_scores[CODES], highest, highest_of_code;
    uint64_t id;
    size_t found;
    const q2_status status[] = {
        q2_dot_query(s->x, s->n, query),
        q2_dot_scores(s->query, s->codes, stride, CODES, s->n, scores),
        q2_code_dot_scores(s->codes, s->codes, stride, CODES, s->n, code_scores),
        q2_dot_nearest(s->query, s->codes, stride, CODES, s->n, 1, &id, &highest, &found),
        q2_code_dot_nearest_many(s->codes, stride, 1, s->codes, stride, CODES, s->n, 1, &id, &highest_of_code, &found),
    };
    bool same = memcmp(query, s->query, s->n) == 0 && memcmp(scores, s->scores, sizeof scores) == 0 &&
                memcmp(code_scores, s->code_scores, sizeof code_scores) == 0;
    for (size_t i = 0; i < sizeof status / sizeof *status; i++) same = same && status[i] == Q2_OK;
    for (size_t i = 0; i < CODES; i++) same = same && !(s->scores[i] > highest) && !(s->code_scores[i] > highest_of_code);
    return same;
}

static void check_search(const char *isa, size_t n, float scale, uint64_t *state) {
    static search s;
    const size_t stride = (n + 3) / 4;
    s.n = n;
    for (size_t d = 0; d < n; d++) s.x[d] = random_gaussian(state) * scale;
    for (size_t i = 0; i < CODES * stride; i++) s.codes[i] = (uint8_t)random_next(state);
    slow_dot_query(s.x, n, s.query);
    for (size_t i = 0; i < CODES; i++) {
        s.scores[i] = slow_dot(s.query, s.codes + i * stride, n);
        s.code_scores[i] = slow_code_dot(s.codes, s.codes + i * stride, n);
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const environment before = get_environment();
        set_environment(settings[i]);
        const environment set = get_environment();
        const bool same = rankings_agree(&s);
        const environment after = get_environment();
        set_environment(before);
        CHECK(same && after == set, "%s n %zu scale %g setting %#lx", isa, n, (double)scale, (unsigned long)settings[i]);
    }
}

static void check_searches(const char *isa) {
    static const float scales[] = {1.0f, 1e30f, 1e-9f, 1e-30f, 1e-37f, 1e-38f, 1e-42f};
    uint64_t state = 6;
    for (size_t n = 1; n <= LONGEST; n += 1 + n / 7)
        for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) check_search(isa, n, scales[i], &state);
}

/* Rows of ordinary size, and rows so small that their elements or their squares are denormal. */
static void check_isa(const char *isa) {
    check_searches(isa);
    static const float scales[] = {1.0f, 1e-9f, 3e-20f, 1e-38f, 1e-42f};
    uint64_t state = 5;
    for (size_t t = 0; t < sizeof dtypes / sizeof *dtypes; t++)
        for (size_t n = 2; n <= LONGEST; n += 2 + n / 6 * 2)
            for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
                for (int repeat = 0; repeat < 10; repeat++) {
                    for (size_t d = 0; d < n; d++)
                        put_element(row, d, dtypes[t], random_gaussian(&state) * scales[s]);
                    check_row(isa, n, dtypes[t]);
                }
}

int main(void) { return each_isa(check_isa); }
