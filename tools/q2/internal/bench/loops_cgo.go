//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

package bench

/*
#cgo CFLAGS: -std=c11 -O3 -Wall -DQ2_STATIC
#include "loops.h"
*/
import "C"

import (
	"unsafe"

	"github.com/q2kernel/q2/gopkg/q2"
	_ "github.com/q2kernel/q2/native" // the copy of libq2 that the loops call
)

// noLoops is why the loops in C are missing; empty if they are there.
const noLoops = ""

// compilerFlags are those of the package native and of the loops.
const compilerFlags = "-std=c11 -O3"

func compiler() string { return C.GoString(C.q2_bench_compiler()) }

// start is where off-heap memory begins.
func start(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

func timeQuantise(rows []byte, count, n int, dtype q2.Dtype, passes int) float64 {
	return float64(C.q2_bench_quantise(start(rows), C.size_t(count), C.size_t(n), C.uint32_t(dtype), C.size_t(passes)))
}

func normVariants() int { return int(C.q2_bench_norm_variants()) }

func timeNorm(variant int, rows []byte, count, n, passes int) float64 {
	return float64(C.q2_bench_norm(C.size_t(variant), start(rows), C.size_t(count), C.size_t(n), C.size_t(passes)))
}

func countFallbacks(rows []byte, count, n int) (undecided, pinned int) {
	var first, last C.size_t
	C.q2_bench_fallbacks(start(rows), C.size_t(count), C.size_t(n), &first, &last)
	return int(first), int(last)
}

func timeRows(rows []byte, count, n int, packed []byte, keys []byte) float64 {
	return float64(C.q2_bench_rows(start(rows), C.size_t(count), C.size_t(n), start(packed), (*C.uint64_t)(unsafe.Pointer(start(keys)))))
}

func readWays() (names []string) {
	for way := range C.q2_bench_read_ways() {
		names = append(names, C.GoString(C.q2_bench_read_name(way)))
	}
	return names
}

func timeRead(way int, bytes []byte) float64 {
	return float64(C.q2_bench_read(C.size_t(way), start(bytes), C.size_t(len(bytes))))
}

// timeCount is for one code and query; false where the instruction set in use has no such loop.
func timeCount(bytes int) (ns float64, known bool) {
	ns = float64(C.q2_bench_count(C.size_t(bytes)))
	return ns, ns >= 0
}

func timeNearest(query, codes []byte, count, n int) float64 {
	return float64(C.q2_bench_nearest(start(query), start(codes), C.size_t(count), C.size_t(n)))
}

func timeNearestMany(queries []byte, number int, codes []byte, count, n int) float64 {
	return float64(C.q2_bench_nearest_many(start(queries), C.size_t(number), start(codes), C.size_t(count), C.size_t(n)))
}

func timeSearch(ranking uint32, queries []byte, number int, codes []byte, count, n int) float64 {
	return float64(C.q2_bench_search(C.uint32_t(ranking), start(queries), C.size_t(number), start(codes), C.size_t(count), C.size_t(n)))
}
