/* Measuring loops in C, so that no call from Go is in the times. Each returns nanoseconds for all its passes.
 *
 * Loops of microseconds go by the monotonic clock, which costs some 25 ns to read. Loops of milliseconds go by the thread's
 * own processor time: they are long enough for the system to take the core away meanwhile. */
#ifndef Q2_BENCH_LOOPS_H
#define Q2_BENCH_LOOPS_H

#include <stddef.h>
#include <stdint.h>

/* q2_quantise with the key and without the number of transitions, on (count) dense rows after one another. */
double q2_bench_quantise(const uint8_t *rows, size_t count, size_t n, uint32_t dtype, size_t passes);

/* The widest norm of the instruction set in use, and nothing else, on the same fp32 rows; below 0 where there is none. */
double q2_bench_norm(size_t variant, const uint8_t *rows, size_t count, size_t n, size_t passes);
size_t q2_bench_norm_variants(void);

/* Of (count) rows: how many the first bounds leave undecided, and how many go back to the pinned order in the end. */
void q2_bench_fallbacks(const uint8_t *rows, size_t count, size_t n, size_t *undecided, size_t *pinned);

/* One pass of q2_quantise_rows over fp32 rows, with keys. */
double q2_bench_rows(const uint8_t *rows, size_t count, size_t n, uint8_t *packed, uint64_t *keys);

/* One pass of reading, by one of several ways. length is a multiple of 4096. */
size_t q2_bench_read_ways(void);
const char *q2_bench_read_name(size_t way);
double q2_bench_read(size_t way, const uint8_t *bytes, size_t length);

/* The k = 10 nearest of (count) dense codes, to one query, and to (queries) at once; at most 64. */
double q2_bench_nearest(const uint8_t *query, const uint8_t *codes, size_t count, size_t n);
double q2_bench_nearest_many(const uint8_t *query, size_t queries, const uint8_t *codes, size_t count, size_t n);

/* One code of (bytes) against one query, by the arithmetic alone (bench_count_limit); below 0 where there is no such loop. */
double q2_bench_count(size_t bytes);
/* The same by a ranking: 0 Lee, 1 L1, 2 code dot, 3 dot, whose queries are int8. */
double q2_bench_search(uint32_t ranking, const uint8_t *query, size_t queries, const uint8_t *codes, size_t count, size_t n);

const char *q2_bench_compiler(void);

#endif
