/* A block of queries against a block of codes, for q2_lee_nearest_many. */
#ifndef Q2_LEE_BLOCK_H
#define Q2_LEE_BLOCK_H

#include "q2_internal.h"

/* Kernels may round up the numbers of queries and codes of a block to multiples of 4 and 16. */
enum { Q2_BLOCK_QUERIES = 64, Q2_BLOCK_CODES = 64 };

/* 17 KiB, on the stack, as is a kernel's copy of the codes. */
struct q2_lee_block {
    const uint8_t *query;
    size_t query_stride, queries;
    const uint8_t *codes;
    size_t stride, count, n;
    const uint8_t *next; /* the codes that come after these, to be prefetched; next_count = 0 where there are none */
    size_t next_count;
    uint32_t limits[Q2_BLOCK_QUERIES]; /* distances from here on do not matter to the query */
    uint64_t below[Q2_BLOCK_QUERIES];  /* out: bit i where distances[query][i] is below; bits past the last code mean nothing */
    uint32_t distances[Q2_BLOCK_QUERIES][Q2_BLOCK_CODES]; /* out */
};

/* The lines of some codes, or of a part of each, still to be prefetched into the second-level cache. They are asked for a few at
 * a time, between computations: all at once they would stall. */
typedef struct {
    const uint8_t *code;
    size_t stride, lines; /* of each code */
    size_t line, left;    /* the next line of this code; lines left in all */
} q2_prefetch;

Q2_INLINE q2_prefetch q2_prefetch_new(const uint8_t *codes, size_t stride, size_t count, size_t bytes) {
    const size_t lines = (bytes + 63) / 64;
    return (q2_prefetch){codes, stride, lines, 0, count * lines};
}

Q2_INLINE void q2_prefetch_some(q2_prefetch *p, size_t some) {
    some = some < p->left ? some : p->left;
    p->left -= some;
    for (; some > 0; some--) {
        __builtin_prefetch(p->code + 64 * p->line, 0, 2);
        if (++p->line == p->lines) {
            p->line = 0;
            p->code += p->left + some > 1 ? p->stride : 0;
        }
    }
}

#endif
