//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

package native

/*
#cgo CFLAGS: -std=c11 -O3 -Wall -DQ2_STATIC
#cgo 386 CFLAGS: -msse2 -mfpmath=sse
#cgo noescape q2_go_quantise
#cgo nocallback q2_go_quantise
#cgo noescape q2_go_quantise_rows
#cgo nocallback q2_go_quantise_rows
#cgo noescape q2_go_key
#cgo nocallback q2_go_key
#cgo noescape q2_go_lee_distance
#cgo nocallback q2_go_lee_distance
#cgo noescape q2_go_lee_distances
#cgo nocallback q2_go_lee_distances
#cgo noescape q2_go_lee_nearest
#cgo nocallback q2_go_lee_nearest
#cgo noescape q2_go_lee_nearest_many
#cgo nocallback q2_go_lee_nearest_many
#cgo noescape q2_go_l1_distance
#cgo nocallback q2_go_l1_distance
#cgo noescape q2_go_l1_distances
#cgo nocallback q2_go_l1_distances
#cgo noescape q2_go_l1_nearest
#cgo nocallback q2_go_l1_nearest
#cgo noescape q2_go_l1_nearest_many
#cgo nocallback q2_go_l1_nearest_many
#cgo noescape q2_go_code_dot
#cgo nocallback q2_go_code_dot
#cgo noescape q2_go_code_dot_scores
#cgo nocallback q2_go_code_dot_scores
#cgo noescape q2_go_code_dot_nearest
#cgo nocallback q2_go_code_dot_nearest
#cgo noescape q2_go_code_dot_nearest_many
#cgo nocallback q2_go_code_dot_nearest_many
#cgo noescape q2_go_dot_query
#cgo nocallback q2_go_dot_query
#cgo noescape q2_go_dot
#cgo nocallback q2_go_dot
#cgo noescape q2_go_dot_scores
#cgo nocallback q2_go_dot_scores
#cgo noescape q2_go_dot_nearest
#cgo nocallback q2_go_dot_nearest
#cgo noescape q2_go_dot_nearest_many
#cgo nocallback q2_go_dot_nearest_many
#cgo noescape q2_force_isa
#cgo nocallback q2_force_isa
#cgo noescape q2_isa
#cgo nocallback q2_isa
#cgo noescape q2_version
#cgo nocallback q2_version
#cgo noescape q2_abi_version
#cgo nocallback q2_abi_version
#cgo noescape q2_status_text
#cgo nocallback q2_status_text
#cgo noescape free
#cgo nocallback free
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"strings"
	"unsafe"
)

// Cgo is the door to the copy of libq2 that is compiled into the program: nothing to install, nothing to find at run time.
type Cgo struct{}

// Missing is why this door is not there, with the remedy; empty if it is there.
func (Cgo) Missing() string { return "" }

// bytes passes a slice on as a typed pointer: cgo would look through the whole allocation behind an unsafe.Pointer, and
// refuse a slice that lies in a struct with Go pointers in it.
func bytes(b []byte) *C.uint8_t    { return (*C.uint8_t)(unsafe.SliceData(b)) }
func words(w []uint32) *C.uint32_t { return (*C.uint32_t)(unsafe.SliceData(w)) }
func longs(l []uint64) *C.uint64_t { return (*C.uint64_t)(unsafe.SliceData(l)) }
func floats(f []float32) *C.float  { return (*C.float)(unsafe.SliceData(f)) }
func int8s(i []int8) *C.int8_t     { return (*C.int8_t)(unsafe.SliceData(i)) }

// Quantise codes the last row of tensor, [seqLen × n] of dtype, into packed.
func (Cgo) Quantise(packed, tensor []byte, seqLen, n int, dtype uint32) (key uint64, transitions uint32, status Status) {
	result := C.q2_go_quantise(bytes(tensor), C.size_t(seqLen), C.size_t(n), C.uint32_t(dtype), bytes(packed))
	return uint64(result.key), uint32(result.transitions), Status(result.status)
}

// QuantiseRows codes count rows, rowStride bytes apart, into codes packedStride bytes apart, in one call.
func (Cgo) QuantiseRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, rowStatus []byte,
	rows []byte, rowStride, count, n int, dtype uint32) Status {
	return Status(C.q2_go_quantise_rows(bytes(rows), C.size_t(rowStride), C.size_t(count), C.size_t(n), C.uint32_t(dtype),
		bytes(packed), C.size_t(packedStride), longs(keys), words(transitions), bytes(rowStatus)))
}

// Key is the transition key of a code.
func (Cgo) Key(packed []byte, n int) (key uint64, transitions uint32, status Status) {
	result := C.q2_go_key(bytes(packed), C.size_t(n))
	return uint64(result.key), uint32(result.transitions), Status(result.status)
}

// LeeDistance is the distance of two codes.
func (Cgo) LeeDistance(a, b []byte, n int) (distance uint32, status Status) {
	result := C.q2_go_lee_distance(bytes(a), bytes(b), C.size_t(n))
	return uint32(result.distance), Status(result.status)
}

// LeeDistances writes the distance of query to each of count codes, stride bytes apart.
func (Cgo) LeeDistances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	return Status(C.q2_go_lee_distances(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n), words(distances)))
}

// LeeNearest finds the len(ids) codes nearest to query, and says how many there are.
func (Cgo) LeeNearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_lee_nearest(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n),
		C.size_t(len(ids)), longs(ids), words(distances))
	return int(result.found), Status(result.status)
}

// LeeNearestMany finds the k codes nearest to each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and distances on. It says how many there are for each.
func (Cgo) LeeNearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_lee_nearest_many(bytes(queries), C.size_t(queryStride), C.size_t(queryCount), bytes(codes), C.size_t(stride),
		C.size_t(count), C.size_t(n), C.size_t(k), longs(ids), words(distances))
	return int(result.found), Status(result.status)
}

// L1Distance is the L1 distance of two codes.
func (Cgo) L1Distance(a, b []byte, n int) (distance uint32, status Status) {
	result := C.q2_go_l1_distance(bytes(a), bytes(b), C.size_t(n))
	return uint32(result.distance), Status(result.status)
}

// L1Distances writes the distance of query to each of count codes, stride bytes apart.
func (Cgo) L1Distances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	return Status(C.q2_go_l1_distances(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n), words(distances)))
}

// L1Nearest finds the len(ids) codes nearest to query, and says how many there are.
func (Cgo) L1Nearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_l1_nearest(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n),
		C.size_t(len(ids)), longs(ids), words(distances))
	return int(result.found), Status(result.status)
}

// L1NearestMany finds the k codes nearest to each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and distances on. It says how many there are for each.
func (Cgo) L1NearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_l1_nearest_many(bytes(queries), C.size_t(queryStride), C.size_t(queryCount), bytes(codes), C.size_t(stride),
		C.size_t(count), C.size_t(n), C.size_t(k), longs(ids), words(distances))
	return int(result.found), Status(result.status)
}

// CodeDot is the score of code a against code b.
func (Cgo) CodeDot(a, b []byte, n int) (score float32, status Status) {
	result := C.q2_go_code_dot(bytes(a), bytes(b), C.size_t(n))
	return float32(result.score), Status(result.status)
}

// CodeDotScores writes the score of query against each of count codes, stride bytes apart.
func (Cgo) CodeDotScores(scores []float32, query, codes []byte, stride, count, n int) Status {
	return Status(C.q2_go_code_dot_scores(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n), floats(scores)))
}

// CodeDotNearest finds the len(ids) codes that score highest against query, and says how many there are.
func (Cgo) CodeDotNearest(ids []uint64, scores []float32, query, codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_code_dot_nearest(bytes(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n),
		C.size_t(len(ids)), longs(ids), floats(scores))
	return int(result.found), Status(result.status)
}

// CodeDotNearestMany finds the k codes that score highest against each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and scores on. It says how many there are for each.
func (Cgo) CodeDotNearestMany(ids []uint64, scores []float32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_code_dot_nearest_many(bytes(queries), C.size_t(queryStride), C.size_t(queryCount), bytes(codes), C.size_t(stride),
		C.size_t(count), C.size_t(n), C.size_t(k), longs(ids), floats(scores))
	return int(result.found), Status(result.status)
}

// DotQuery quantises a query vector of n floats.
func (Cgo) DotQuery(dst []int8, x []float32, n int) Status {
	return Status(C.q2_go_dot_query(floats(x), C.size_t(n), int8s(dst)))
}

// Dot is the score of a query of int8 against a code.
func (Cgo) Dot(query []int8, code []byte, n int) (score float32, status Status) {
	result := C.q2_go_dot(int8s(query), bytes(code), C.size_t(n))
	return float32(result.score), Status(result.status)
}

// DotScores writes the score of query against each of count codes, stride bytes apart.
func (Cgo) DotScores(scores []float32, query []int8, codes []byte, stride, count, n int) Status {
	return Status(C.q2_go_dot_scores(int8s(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n), floats(scores)))
}

// DotNearest finds the len(ids) codes that score highest against query, and says how many there are.
func (Cgo) DotNearest(ids []uint64, scores []float32, query []int8, codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_dot_nearest(int8s(query), bytes(codes), C.size_t(stride), C.size_t(count), C.size_t(n),
		C.size_t(len(ids)), longs(ids), floats(scores))
	return int(result.found), Status(result.status)
}

// DotNearestMany finds the k codes that score highest against each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and scores on. It says how many there are for each.
func (Cgo) DotNearestMany(ids []uint64, scores []float32, k int, queries []int8, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	result := C.q2_go_dot_nearest_many(int8s(queries), C.size_t(queryStride), C.size_t(queryCount), bytes(codes), C.size_t(stride),
		C.size_t(count), C.size_t(n), C.size_t(k), longs(ids), floats(scores))
	return int(result.found), Status(result.status)
}

// ISA is the instruction set that libq2 uses now.
func (Cgo) ISA() string { return C.GoString(C.q2_isa()) }

// ForceISA makes libq2 use one instruction set, in the whole process; "" is the best there is. Where it fails, the choice
// stays as it was.
func (Cgo) ForceISA(name string) Status {
	if name == "" {
		return Status(C.q2_force_isa(nil))
	}
	if strings.IndexByte(name, 0) >= 0 {
		return Argument // C would read the name only up to there
	}
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return Status(C.q2_force_isa(text))
}

// Version is the release of libq2.
func (Cgo) Version() string { return C.GoString(C.q2_version()) }

// ABIVersion is the number of libq2's binary interface. It is the cheapest call there is: a measure of the crossing itself.
func (Cgo) ABIVersion() uint32 { return uint32(C.q2_abi_version()) }

// StatusText is libq2's own text for a status.
func (Cgo) StatusText(status Status) string { return C.GoString(C.q2_status_text(C.q2_status(status))) }
