/* A block of queries against a block of codes, for q2_lee_nearest_many. */
#ifndef Q2_LEE_BLOCK_H
#define Q2_LEE_BLOCK_H

#include "q2_internal.h"

/* What a block's distances take, 16 KiB, stands on the stack, and so does a kernel's copy of its codes. The number of queries
 * is even. */
enum { Q2_BLOCK_QUERIES = 64, Q2_BLOCK_CODES = 64, Q2_BLOCK_DISTANCES = Q2_BLOCK_QUERIES * Q2_BLOCK_CODES };

struct q2_lee_block {
    const uint8_t *query; /* of Q2_BLOCK_QUERIES at most */
    size_t query_stride, queries;
    const uint8_t *codes; /* of Q2_BLOCK_CODES at most */
    size_t stride, count, n;
    const uint8_t *next; /* the codes that come after these, to be prefetched; next_count = 0 where there are none */
    size_t next_count;
};

/* Prefetches part (part) of (parts) of (count) pieces of (bytes) bytes, (stride) apart, into the second-level cache. The
 * parts are asked for one by one, between computations, because all at once they would stall. */
Q2_INLINE void q2_prefetch_part(const uint8_t *piece, size_t stride, size_t count, size_t bytes, size_t part, size_t parts) {
    const size_t lines = (bytes + 63) / 64, end = count * lines * (part + 1) / parts;
    size_t i = count * lines * part / parts;
    if (i == end) return;
    size_t line = i % lines;
    for (piece += i / lines * stride; i < end; i++) {
        __builtin_prefetch(piece + 64 * line, 0, 2);
        if (++line == lines) {
            line = 0;
            piece += i + 1 < end ? stride : 0;
        }
    }
}

#endif
