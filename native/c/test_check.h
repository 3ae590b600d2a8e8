/* How the C tests check, and how they run once per kernel that the machine can run. */
#ifndef Q2_TEST_CHECK_H
#define Q2_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "q2_internal.h"

#define CHECK(condition, ...)                                                \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                    \
            fputc('\n', stderr);                                             \
            exit(1);                                                         \
        }                                                                    \
    } while (0)

Q2_INLINE bool can_run(const q2_kernel *kernel) { return (kernel->features & ~q2_cpu_features()) == 0; }

/* One more kernel that can run, from *i on; NULL past the last. */
Q2_INLINE const q2_kernel *next_kernel(size_t *i) {
    while (*i < q2_kernel_count()) {
        const q2_kernel *kernel = q2_kernel_at((*i)++);
        if (can_run(kernel)) return kernel;
    }
    return NULL;
}

Q2_INLINE bool isa_can_run(const char *isa, size_t length) {
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        if (strlen(kernel->isa) == length && strncmp(kernel->isa, isa, length) == 0) return true;
    }
    return false;
}

/* Q2_REQUIRE lists instruction sets (and Go backends, which are not this file's business) that must be present. */
Q2_INLINE void check_required(void) {
    const char *list = getenv("Q2_REQUIRE");
    for (size_t length; list != NULL && *list != '\0'; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        const bool isa = (length == 6 && (strncmp(list, "scalar", 6) == 0 || strncmp(list, "avx512", 6) == 0)) ||
                         (length == 4 && (strncmp(list, "avx2", 4) == 0 || strncmp(list, "neon", 4) == 0));
        CHECK(!isa || isa_can_run(list, length), "Q2_REQUIRE names %.*s, which this machine or build lacks", (int)length, list);
    }
}

#endif
