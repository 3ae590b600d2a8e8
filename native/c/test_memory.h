/* Memory for tests: exact-size buffers that end, or begin, at an inaccessible page, so that one byte too far faults at once. */
#ifndef Q2_TEST_MEMORY_H
#define Q2_TEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    uint8_t *pages; /* accessible, whole pages, an inaccessible page before and after */
    size_t size;
} guarded;

static inline guarded guarded_new(size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (bytes + page - 1) / page * page;
    size = size == 0 ? page : size;
    uint8_t *all = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + page, size, PROT_READ | PROT_WRITE) != 0) {
        perror("guarded_new");
        exit(1);
    }
    return (guarded){all + page, size};
}

/* The last `bytes` bytes before the upper guard page. */
static inline uint8_t *guarded_end(guarded g, size_t bytes) { return g.pages + g.size - bytes; }

/* The first bytes after the lower guard page. */
static inline uint8_t *guarded_start(guarded g) { return g.pages; }

static inline void guarded_free(guarded g) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(g.pages - page, g.size + 2 * page);
}

#endif
