/* A block of queries against a block of codes, by scores, for the many-queries forms of section 10. */
#ifndef Q2_SCORE_BLOCK_H
#define Q2_SCORE_BLOCK_H

#include "lee_block.h"

/* 34 KiB, on the stack, as is a kernel's copy of the codes. */
struct q2_score_block {
    const uint8_t *query;
    size_t query_stride, queries;
    bool of_levels; /* the queries are codes */
    const uint8_t *codes;
    size_t stride, count, n;
    const uint8_t *next; /* the codes that come after these, to be prefetched; next_count = 0 where there are none */
    size_t next_count;
    float limits[Q2_BLOCK_QUERIES];   /* scores up to here do not matter to the query */
    uint64_t above[Q2_BLOCK_QUERIES]; /* out: bit i where scores[query][i] is above; bits past the last code mean nothing */
    float scores[Q2_BLOCK_QUERIES][Q2_BLOCK_CODES]; /* out, where above has a bit */
    /* The kernel's: products so far, and 4 times the sum of each query's elements, which is added up with the first codes. */
    int32_t products[Q2_BLOCK_QUERIES][Q2_BLOCK_CODES], bias[Q2_BLOCK_QUERIES];
    bool first;
};

#endif
