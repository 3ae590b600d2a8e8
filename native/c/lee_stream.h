/* Codes that come from memory.
 *
 * There is one rule: read in the order of addresses, once. The processors' prefetchers then do nearly all of the work, and
 * whatever makes a second stream of addresses, several codes side by side or a prefetch of every line ahead, costs up to half
 * of the memory's speed. What the prefetchers cannot do is to go on into the next page of 4 KiB. Where codes are short the
 * processor itself runs far enough ahead; where they are long the first line of the next page is asked for, which is worth up
 * to a quarter. */
#ifndef Q2_LEE_STREAM_H
#define Q2_LEE_STREAM_H

#include "q2_internal.h"

/* For each page that begins within (bytes) bytes from (codes) on, the first line of the one after it, into the second-level
 * cache. A prefetch past the last code does no harm. */
Q2_INLINE void q2_prefetch_pages(const uint8_t *codes, size_t bytes) {
    const uintptr_t start = (uintptr_t)codes, page = 4096;
    for (uintptr_t next = (start + page - 1) & ~(page - 1); next < start + bytes; next += page) {
        __builtin_prefetch((const void *)(next + page), 0, 2);
    }
}

#endif
