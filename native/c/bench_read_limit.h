/* How fast one core can read memory and do nothing with it: what the nearest scans are held against. */
#ifndef Q2_BENCH_READ_LIMIT_H
#define Q2_BENCH_READ_LIMIT_H

#include "q2_internal.h"

/* One way of reading everything once: in order or as two streams, with and without prefetch. length is a multiple of 4096. The
 * fastest one of a run is the limit. */
typedef struct {
    const char *name;
    uint64_t (*read)(const uint8_t *bytes, size_t length);
} bench_read_way;

/* The ways of this machine's widest instruction set. */
size_t bench_read_ways(const bench_read_way **ways);

#endif
