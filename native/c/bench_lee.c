/* Distances and nearest codes against what the machine can do at best, all in one run on one core:
 *
 *     taskset -c 1 bench_lee [--small-pages] [isa]
 *
 * Every round measures each loop once, by turns, in processor time of the thread, so that what else runs on the machine
 * disturbs little; ratios are taken within a round, and medians over the rounds are printed. */
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "bench_read_limit.h"
#include "test_check.h"

enum { ROUNDS = 11, MOST_WAYS = 16, NEAREST = 10, QUERIES = 64, HUGE_PAGE = 1 << 21 };
#define MEMORY ((size_t)256 << 20)

typedef double rounds[ROUNDS];

typedef struct {
    const uint8_t *query, *codes;
    size_t n, count;
} work;

static volatile uint64_t sink;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *times, size_t count) {
    double sorted[ROUNDS];
    memcpy(sorted, times, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    return sorted[count / 2];
}

static double median_ratio(const double *a, const double *b) {
    rounds ratio;
    for (size_t r = 0; r < ROUNDS; r++) ratio[r] = a[r] / b[r];
    return median(ratio, ROUNDS);
}

static uint8_t *new_memory(bool huge) {
    uint8_t *memory = mmap(NULL, MEMORY + 2 * HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED, "no memory");
    memory += HUGE_PAGE - ((uintptr_t)memory & (HUGE_PAGE - 1));
    if (huge) madvise(memory, MEMORY + HUGE_PAGE, MADV_HUGEPAGE);
    uint64_t state = 1;
    for (size_t i = 0; i < MEMORY + HUGE_PAGE; i += 8) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const uint64_t word = state ^ state >> 29;
        memcpy(memory + i, &word, 8);
    }
    return memory;
}

static double time_read(const bench_read_way *way, const uint8_t *bytes) {
    const double start = now();
    sink = way->read(bytes, MEMORY);
    return now() - start;
}

static double time_nearest(const work *w) {
    uint64_t ids[NEAREST];
    uint32_t distances[NEAREST];
    size_t found;
    const double start = now();
    q2_lee_nearest(w->query, w->codes, w->n / 4, w->count, w->n, NEAREST, ids, distances, &found);
    return now() - start;
}

static double time_nearest_many(const work *w, size_t queries) {
    static uint64_t ids[QUERIES * NEAREST];
    static uint32_t distances[QUERIES * NEAREST];
    size_t found;
    const double start = now();
    q2_lee_nearest_many(w->query, w->n / 4, queries, w->codes, w->n / 4, w->count, w->n, NEAREST, ids, distances, &found);
    return now() - start;
}

/* Nanoseconds a code, one query to (count) codes that stay where they are. */
static double time_distances(const work *w) {
    static uint32_t distances[4096];
    const size_t calls = 1 + ((size_t)1 << 22) / (w->count * w->n / 4);
    const double start = now();
    for (size_t i = 0; i < calls; i++) q2_lee_distances(w->query, w->codes, w->n / 4, w->count, w->n, distances);
    return (now() - start) / (double)(calls * w->count);
}

static double time_pairs(const work *w) {
    uint32_t distance = 0, sum = 0;
    const size_t calls = 1 + ((size_t)1 << 22) / (w->count * w->n / 4);
    const double start = now();
    for (size_t i = 0; i < calls; i++) {
        for (size_t c = 0; c < w->count; c++) {
            q2_lee_distance(w->query, w->codes + c * w->n / 4, w->n, &distance);
            sum += distance;
        }
    }
    sink = sum;
    return (now() - start) / (double)(calls * w->count);
}

static void print_in_cache(const uint8_t *memory, size_t n) {
    const size_t bytes = n / 4, in_l1 = 16384 / bytes, in_l2 = 262144 / bytes;
    const work l1 = {memory, memory + HUGE_PAGE, n, in_l1}, l2 = {memory, memory + HUGE_PAGE, n, in_l2};
    rounds first, second, pairs;
    for (size_t r = 0; r < ROUNDS; r++) {
        first[r] = time_distances(&l1);
        second[r] = time_distances(&l2);
        pairs[r] = time_pairs(&l1);
    }
    printf("  n = %-5zu one to many, ns a code: %6.2f from L1, %6.2f from L2; pair by pair %6.2f\n", n, median(first, ROUNDS),
           median(second, ROUNDS), median(pairs, ROUNDS));
}

static void print_nearest(const uint8_t *memory, size_t n, const bench_read_way *ways, size_t ways_count) {
    const work w = {memory + MEMORY, memory, n, MEMORY / (n / 4)};
    rounds read[MOST_WAYS], nearest;
    for (size_t r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < ways_count; i++) read[i][r] = time_read(&ways[i], memory);
        nearest[r] = time_nearest(&w);
    }
    size_t best = 0;
    for (size_t i = 1; i < ways_count; i++) {
        if (median(read[i], ROUNDS) < median(read[best], ROUNDS)) best = i;
    }
    printf("  n = %-5zu nearest, k = %d: %.1f GB/s; reading alone (%s): %.1f GB/s; %.0f%%\n", n, NEAREST,
           (double)MEMORY / median(nearest, ROUNDS), ways[best].name, (double)MEMORY / median(read[best], ROUNDS),
           100 * median_ratio(read[best], nearest));
}

static void print_nearest_many(const uint8_t *memory, size_t n, size_t queries) {
    const work w = {memory + MEMORY, memory, n, MEMORY / (n / 4) / 4};
    rounds one, many;
    for (size_t r = 0; r < ROUNDS; r++) {
        one[r] = time_nearest(&w);
        many[r] = time_nearest_many(&w, queries) / (double)queries;
    }
    printf("  n = %-5zu nearest of %2zu queries at once: %.2f ns a code and query; %.1f times the throughput of single ones\n", n,
           queries, median(many, ROUNDS) / (double)w.count, median_ratio(one, many));
}

static void print_kernel(const q2_kernel *kernel, const uint8_t *memory) {
    static const size_t lengths[] = {384, 1024, 4096};
    const bench_read_way *ways;
    const size_t ways_count = bench_read_ways(&ways);
    CHECK(ways_count <= MOST_WAYS, "%zu ways", ways_count);
    q2_use_kernel(kernel);
    printf("%s%s\n", kernel->isa, (kernel->features & Q2_CPU_VPOPCNTDQ) != 0 ? " with VPOPCNTDQ" : "");
    for (size_t n = 0; n < 3; n++) print_in_cache(memory, lengths[n]);
    for (size_t n = 0; n < 3; n++) print_nearest(memory, lengths[n], ways, ways_count);
    for (size_t n = 0; n < 3; n++) print_nearest_many(memory, lengths[n], QUERIES);
    print_nearest_many(memory, 1024, 8);
}

int main(int argc, char **argv) {
    const bool huge = argc < 2 || strcmp(argv[1], "--small-pages") != 0;
    const char *isa = argc > (huge ? 1 : 2) ? argv[huge ? 1 : 2] : NULL;
    const uint8_t *memory = new_memory(huge);
    printf("compiler %s; 256 MiB of codes, %s pages; thread time, medians of %d rounds\n", __VERSION__, huge ? "huge" : "small", ROUNDS);
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        if (isa == NULL || strcmp(isa, kernel->isa) == 0) print_kernel(kernel, memory);
    }
    return 0;
}
