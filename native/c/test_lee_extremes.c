/* Lee distance where counters are fullest: every dimension at the largest distance, 2n in all, for lengths up to the largest;
 * and the threshold test of the nearest scan by itself, on distances that end at a guard page. */
#include "test_isa.h"
#include "test_memory.h"

enum { CODES = 9, LONGEST = (1 << 20) / 4, MOST_DISTANCES = 70 };

static guarded zero_memory, one_memory;

/* A against C and B against D: each pair of bits differs in both. Dirty bits beyond n differ as well. */
static void check_length(const char *isa, size_t n) {
    const size_t length = (n + 3) / 4;
    const uint8_t *query = guarded_end(zero_memory, length), *codes = guarded_end(one_memory, CODES * length);
    uint32_t distances[CODES], pair = 0, near[2 * CODES];
    uint64_t ids[2 * CODES];
    size_t found = 0;
    CHECK(q2_lee_distance(query, codes, n, &pair) == Q2_OK && pair == 2 * n, "%s: n %zu: %u", isa, n, pair);
    CHECK(q2_lee_distances(query, codes, length, CODES, n, distances) == Q2_OK, "%s: n %zu", isa, n);
    for (size_t i = 0; i < CODES; i++) CHECK(distances[i] == 2 * n, "%s: n %zu code %zu: %u", isa, n, i, distances[i]);
    CHECK(q2_lee_nearest_many(codes, length, CODES, query, length, 1, n, 1, ids, near, &found) == Q2_OK, "%s: n %zu", isa, n);
    for (size_t i = 0; i < CODES; i++) CHECK(near[i] == 2 * n, "%s: n %zu query %zu: %u", isa, n, i, near[i]);
}

/* One distance below the limit at every place, and none; entries before from do not count. */
static void check_threshold(const q2_kernel *kernel, size_t count, guarded memory) {
    uint32_t *distances = (uint32_t *)(void *)guarded_end(memory, count * sizeof(uint32_t));
    for (size_t i = 0; i < count; i++) distances[i] = 1000 + (uint32_t)i % 3;
    for (size_t from = 0; from <= count; from++) {
        CHECK(kernel->lee->first_below(distances, from, count, 1000) == count, "%s: from %zu of %zu", kernel->isa, from, count);
    }
    for (size_t below = 0; below < count; below++) {
        distances[below] = 999;
        for (size_t from = 0; from <= count; from++) {
            const size_t want = from <= below ? below : count, got = kernel->lee->first_below(distances, from, count, 1000);
            CHECK(got == want, "%s: from %zu of %zu: %zu, not %zu", kernel->isa, from, count, got, want);
        }
        distances[below] = 1000;
    }
}

static void check_isa(const char *isa) {
    static const size_t longer[] = {2048, 4095, 4096, 7168, 7169, 7424, 7680, 8192, 16384, 65535, 262144, 1 << 20};
    for (size_t n = 1; n <= 1100; n++) check_length(isa, n);
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) check_length(isa, longer[i]);
    const guarded memory = guarded_new(MOST_DISTANCES * sizeof(uint32_t));
    for (size_t count = 0; count < MOST_DISTANCES; count++) check_threshold(q2_active_kernel(), count, memory);
    guarded_free(memory);
}

int main(void) {
    zero_memory = guarded_new(LONGEST);
    one_memory = guarded_new((size_t)CODES * LONGEST);
    memset(zero_memory.pages, 0, zero_memory.size);
    memset(one_memory.pages, 0xFF, one_memory.size);
    return each_isa(check_isa);
}
