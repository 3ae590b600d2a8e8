//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

/* cgo compiles only this folder: see native/sources_test.go. */
#include "c/l1_block_avx512.c"
