/* Quantise against what the machine can do at best, all in one run on one core: `taskset -c 1 bench_quantise`.
 *
 * Rows are independent Gaussian vectors, so the share that falls back to the pinned order is in the mean. Each row is hot:
 * it is quantised and the yardstick is run on it by turns, each several times, and the medians are added up over the rows. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench_read_limit.h"
#include "bench_yardstick.h"

enum { TURNS = 7, CALLS = 12 };

static volatile float sink;
static uint64_t random_state = 0x9E3779B97F4A7C15u;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double uniform(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return ((double)(random_state >> 11) + 0.5) * 0x1p-53;
}

static double gaussian(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

static uint16_t half_of(float x) {
    if (fabsf(x) < 0x1p-14f) return 0;
    const uint32_t bits = q2_bits_of(x), magnitude = (bits & 0x7FFFFFFF) + 0x1000 - (112u << 23);
    return (uint16_t)((bits >> 16 & 0x8000) | magnitude >> 13);
}

static int clamp(double x, int low, int high) { return x < low ? low : x > high ? high : (int)lrint(x); }

/* One Gaussian row: rms 1 in the floating dtypes, 40 in q8, 3 in q4. */
static void fill(uint8_t *row, size_t n, q2_dtype dtype) {
    for (size_t d = 0; d < n; d++) {
        const float x = (float)gaussian();
        const uint16_t bf16 = (uint16_t)((q2_bits_of(x) + 0x8000) >> 16), fp16 = half_of(x);
        switch (dtype) {
        case Q2_FP32: memcpy(row + 4 * d, &x, 4); break;
        case Q2_BF16: memcpy(row + 2 * d, &bf16, 2); break;
        case Q2_FP16: memcpy(row + 2 * d, &fp16, 2); break;
        case Q2_Q8: row[d] = (uint8_t)clamp(40.0 * (double)x, -127, 127); break;
        case Q2_Q4: {
            const unsigned nibble = (unsigned)(clamp(3.0 * (double)x, -8, 7) + 8);
            row[d / 2] = (uint8_t)(d % 2 == 0 ? nibble << 4 : (row[d / 2] | nibble));
            break;
        }
        default: row[d / 4] = (uint8_t)(uniform() * 256);
        }
    }
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times) {
    qsort(times, TURNS, sizeof *times, by_value);
    return times[TURNS / 2];
}

typedef struct {
    double quantise, norm[WIDE_NORMS]; /* ns */
    double undecided, pinned;          /* shares of the rows: the first bounds did not do; nor did refined ones */
} measured;

static void measure_row(const q2_kernel *kernel, const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed, measured *m) {
    double quantise[TURNS], norm[WIDE_NORMS][TURNS];
    uint64_t key;
    for (size_t turn = 0; turn < TURNS; turn++) {
        double start = now();
        for (size_t i = 0; i < CALLS; i++) q2_quantise(row, 1, n, dtype, packed, &key, NULL);
        quantise[turn] = now() - start;
        for (size_t v = 0; v < WIDE_NORMS; v++) {
            const wide_norm wide = bench_wide_norm(kernel, v);
            if (wide == NULL || dtype != Q2_FP32) continue;
            start = now();
            for (size_t i = 0; i < CALLS; i++) sink = wide(row, n);
            norm[v][turn] = now() - start;
        }
    }
    m->quantise += median(quantise) / CALLS;
    for (size_t v = 0; v < WIDE_NORMS; v++) m->norm[v] += dtype == Q2_FP32 && bench_wide_norm(kernel, v) ? median(norm[v]) / CALLS : 0;
    const q2_quantiser *quantiser = &kernel->quantise->dtype[dtype];
    if (dtype == Q2_Q2 || q2_certified(kernel->quantise, quantiser->bounds(row, n), row, n, dtype, packed, NULL)) return;
    m->undecided++;
    const bool refine = quantiser->refined != NULL;
    m->pinned += !refine || !q2_certified(kernel->quantise, quantiser->refined(row, n), row, n, dtype, packed, NULL);
}

static measured measure(const q2_kernel *kernel, size_t n, q2_dtype dtype, size_t rows) {
    static _Alignas(64) uint8_t row[4 << 16], packed[1 << 14];
    measured m = {0, {0}, 0, 0};
    for (size_t i = 0; i < rows; i++) {
        fill(row, n, dtype);
        measure_row(kernel, row, n, dtype, packed, &m);
    }
    m.quantise /= (double)rows;
    m.undecided /= (double)rows;
    m.pinned /= (double)rows;
    for (size_t v = 0; v < WIDE_NORMS; v++) m.norm[v] /= (double)rows;
    return m;
}

static void bench_kernel(const q2_kernel *kernel, size_t rows) {
    static const size_t dims[] = {384, 1024, 4096, 16384};
    static const char *const names[] = {"fp32", "fp16", "q8", "q4", "q2", "bf16"};
    static const q2_dtype order[] = {Q2_FP32, Q2_BF16, Q2_FP16, Q2_Q8, Q2_Q4, Q2_Q2};
    q2_use_kernel(kernel);
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
        double fp32 = 0;
        for (size_t j = 0; j < Q2_DTYPES; j++) {
            const measured m = measure(kernel, dims[i], order[j], rows);
            double best = m.norm[0];
            for (size_t v = 1; v < WIDE_NORMS; v++) best = m.norm[v] < best ? m.norm[v] : best;
            printf("%-7s %02x  n %5zu  %-4s  quantise + key %7.1f ns  undecided %5.2f%%  pinned %5.2f%%", kernel->isa,
                   kernel->features, dims[i], names[order[j]], m.quantise, 100 * m.undecided, 100 * m.pinned);
            if (order[j] == Q2_FP32) fp32 = m.quantise;
            if (best > 0) printf("  wide norm %6.1f ns  ratio %5.2f", best, m.quantise / best);
            else printf("  of fp32 %5.2f", m.quantise / fp32);
            putchar('\n');
        }
    }
}

/* 1 GiB of rows in pieces of 4 MiB. Each piece is quantised in one sweep and read in each of the known ways in others, neighbours
 * differently, so that whatever else the machine does falls on all alike; medians over the pieces. */
enum { PIECE = 4 << 20, PIECES = 256, SWEEPS = 16, WAYS = 16 };

static double piece_times[WAYS][PIECES * SWEEPS];
static size_t piece_counts[WAYS];

static double quartile(size_t way) {
    qsort(piece_times[way], piece_counts[way], sizeof(double), by_value);
    return piece_times[way][piece_counts[way] / 4];
}

static void bench_memory(const q2_kernel *kernel, size_t n) {
    const size_t row_bytes = 4 * n, code_bytes = q2_packed_bytes(n), count = PIECE / row_bytes;
    uint8_t *rows = aligned_alloc(4096, (size_t)PIECE * PIECES), *packed = malloc(count * code_bytes);
    uint64_t *keys = malloc(count * sizeof *keys);
    const bench_read_way *ways;
    const size_t reads = bench_read_ways(&ways);
    if (rows == NULL || packed == NULL || keys == NULL || reads + 1 > WAYS) {
        fprintf(stderr, "no memory for 1 GiB of rows\n");
        exit(1);
    }
    for (size_t i = 0; i < count; i++) fill(rows + i * row_bytes, n, Q2_FP32);
    for (size_t i = 1; i < PIECES; i++) memcpy(rows + i * PIECE, rows, PIECE);
    memset(piece_counts, 0, sizeof piece_counts);
    q2_use_kernel(kernel);
    for (size_t turn = 0; turn < PIECES * SWEEPS; turn++) {
        const uint8_t *piece = rows + turn % PIECES * PIECE;
        const size_t way = (turn + turn / PIECES * 5) % (reads + 1);
        const double start = now();
        if (way == reads) q2_quantise_rows(piece, row_bytes, count, n, Q2_FP32, packed, code_bytes, keys, NULL, NULL);
        else sink = (float)ways[way].read(piece, PIECE);
        piece_times[way][piece_counts[way]++] = now() - start;
    }
    size_t best = 0;
    for (size_t way = 1; way < reads; way++) best = quartile(way) < quartile(best) ? way : best;
    printf("%-7s %02x  n %5zu  fp32  1 GiB of rows: %5.1f GB/s, reading %5.1f GB/s (%s), share %5.1f%%\n", kernel->isa,
           kernel->features, n, PIECE / quartile(reads), PIECE / quartile(best), ways[best].name,
           100 * quartile(best) / quartile(reads));
    free(rows);
    free(packed);
    free(keys);
}

/* bench_quantise [ISA [ROWS]]: all kernels, or those of one name; rows a mean is taken over (500). */
int main(int argc, char **argv) {
    const size_t rows = argc > 2 ? strtoul(argv[2], NULL, 10) : 500;
    for (size_t i = 0; i < q2_kernel_count(); i++) {
        const q2_kernel *kernel = q2_kernel_at(i);
        if ((kernel->features & ~q2_cpu_features()) != 0 || (argc > 1 && strcmp(argv[1], kernel->isa) != 0)) continue;
        bench_kernel(kernel, rows > 0 ? rows : 1);
        for (size_t n = 384; n <= 4096; n = n == 384 ? 1024 : n * 2) bench_memory(kernel, n);
    }
    return 0;
}
