/* Runs a test once on each kernel that this machine can run. */
#ifndef Q2_TEST_ISA_H
#define Q2_TEST_ISA_H

#include "test_check.h"

/* A check that fails exits by itself; check_required has failed before if a required instruction set is absent. */
Q2_INLINE int each_isa(void (*check)(const char *isa)) {
    size_t i = 0;
    check_required();
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        check(kernel->isa);
        printf("%s: passed\n", kernel->isa);
    }
    return 0;
}

#endif
