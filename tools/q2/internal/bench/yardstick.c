//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

/* The C benchmarks compile the same file. go build does not see when it changes: build with -a then. */
#include "../../../../native/c/bench_yardstick.c"
