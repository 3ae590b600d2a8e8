/* Which kernel runs: the only file that chooses. The choice is one pointer to a constant table, published atomically. */
#include "q2_internal.h"

#include <stdatomic.h>

static const q2_kernel kernels[] = {
#if Q2_X86
    {"avx512", Q2_CPU_AVX512 | Q2_CPU_VNNI | Q2_CPU_VBMI | Q2_CPU_VPOPCNTDQ, &q2_quantise_avx512_vnni, &q2_lee_avx512_vpopcntdq,
     &q2_l1_avx512_vpopcntdq, &q2_code_dot_avx512_vnni, &q2_dot_avx512_vnni},
    {"avx512", Q2_CPU_AVX512, &q2_quantise_avx512, &q2_lee_avx512, &q2_l1_avx512, &q2_code_dot_avx512, &q2_dot_avx512},
    {"avx2", Q2_CPU_AVX2, &q2_quantise_avx2, &q2_lee_avx2, &q2_l1_avx2, &q2_code_dot_avx2, &q2_dot_avx2},
#elif Q2_ARM64
    {"neon", Q2_CPU_NEON, &q2_quantise_neon, &q2_lee_neon, &q2_l1_neon, &q2_code_dot_neon, &q2_dot_neon},
#endif
    {"scalar", 0, &q2_quantise_scalar, &q2_lee_scalar, &q2_l1_scalar, &q2_code_dot_scalar, &q2_dot_scalar},
};

enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* Names of the interface that this build may lack. */
static const char *const isa_names[] = {"scalar", "avx2", "avx512", "neon"};

static _Atomic(const q2_kernel *) active;

size_t q2_kernel_count(void) { return KERNELS; }

const q2_kernel *q2_kernel_at(size_t i) { return &kernels[i]; }

/* The best kernel that the CPU can run, of the given name if there is one; NULL when there is none. */
static const q2_kernel *best_kernel(const char *isa) {
    const uint32_t features = q2_cpu_features();
    for (size_t i = 0; i < KERNELS; i++) {
        const bool wanted = isa == NULL || strcmp(kernels[i].isa, isa) == 0;
        if (wanted && (kernels[i].features & ~features) == 0) return &kernels[i];
    }
    return NULL;
}

/* Two threads that arrive here first together store the same pointer; one that was forced meanwhile is kept. */
const q2_kernel *q2_active_kernel(void) {
    const q2_kernel *kernel = atomic_load_explicit(&active, memory_order_acquire);
    if (kernel != NULL) return kernel;
    const q2_kernel *best = best_kernel(NULL);
    if (atomic_compare_exchange_strong(&active, &kernel, best)) return best;
    return kernel;
}

static bool known_name(const char *name) {
    for (size_t i = 0; i < sizeof isa_names / sizeof isa_names[0]; i++) {
        if (strcmp(isa_names[i], name) == 0) return true;
    }
    return false;
}

void q2_use_kernel(const q2_kernel *kernel) { atomic_store_explicit(&active, kernel, memory_order_release); }

q2_status q2_force_isa(const char *name) {
    if (name != NULL && !known_name(name)) return Q2_ERR_ARGUMENT;
    const q2_kernel *kernel = best_kernel(name);
    if (kernel == NULL) return Q2_ERR_UNSUPPORTED;
    q2_use_kernel(kernel);
    return Q2_OK;
}

const char *q2_isa(void) { return q2_active_kernel()->isa; }
