// Package reference is the specification (docs/SPEC.md) in plain Go, section by section: the first code to read, the
// backend that needs no C compiler, and the yardstick of the others. It imports nothing of this module.
//
// All functions may be called from many goroutines, allocate nothing unless they fail, and write nothing when they fail
// (QuantiseRows excepted, which goes on after a refused row). Inputs and outputs must not overlap.
package reference

import (
	"errors"
	"math"
)

// Dtype is the type of one element of a row (section 1).
type Dtype uint32

// The element types, numbered as in the C interface.
const (
	FP32 Dtype = 0
	FP16 Dtype = 1
	Q8   Dtype = 2
	Q4   Dtype = 3
	Q2   Dtype = 4
	BF16 Dtype = 5
)

// MaxDim is the largest number of dimensions of a row.
const MaxDim = 1 << 20

// MaxNearest is the largest k of the nearest functions.
const MaxNearest = 4096

// ErrArgument is wrapped by every error about an argument.
var ErrArgument = errors.New("invalid argument")

// ErrNotFinite says that a row was refused: its sum of squares is a NaN or an infinity (section 2).
var ErrNotFinite = errors.New("not finite")

// The statuses that QuantiseRows writes for a row, numbered as in the C interface.
const (
	StatusOK        = 0
	StatusNotFinite = 3
)

// Quantise codes the last row of tensor, row-major [seqLen × n] of dtype, into the first ceil(n/4) bytes of packed, and
// returns the key and the number of transitions (sections 1 to 6). It fails with ErrArgument or ErrNotFinite.
func Quantise(packed, tensor []byte, seqLen, n int, dtype Dtype) (key uint64, transitions uint32, err error) {
	row, err := lastRow(tensor, seqLen, n, dtype)
	if err != nil {
		return 0, 0, err
	}
	if err := checkCode("packed", packed, n); err != nil {
		return 0, 0, err
	}
	if !quantiseRow(packed[:packedLen(n)], row, n, dtype) {
		return 0, 0, ErrNotFinite
	}
	key, transitions = keyOf(packed, n)
	return key, transitions, nil
}

// QuantiseRows codes count rows, rowStride bytes apart, into codes packedStride bytes apart, with a key, a number of
// transitions and a status for each. keys, transitions and status may be nil. A refused row becomes zero bytes, key 0 and
// 0 transitions; the others are done, and the result is ErrNotFinite. Bytes between rows are not touched.
func QuantiseRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, status []byte,
	rows []byte, rowStride, count, n int, dtype Dtype) error {
	if err := checkRows(packed, packedStride, keys, transitions, status, rows, rowStride, count, n, dtype); err != nil {
		return err
	}
	var refused error
	for i := range count {
		code := packed[i*packedStride:][:packedLen(n)]
		row := rows[i*rowStride:][:rowBytes(dtype, n)]
		rowStatus, key, walked := byte(StatusOK), uint64(0), uint32(0)
		if quantiseRow(code, row, n, dtype) {
			key, walked = keyOf(code, n)
		} else {
			rowStatus, refused = StatusNotFinite, ErrNotFinite
			clear(code)
		}
		set(keys, i, key)
		set(transitions, i, walked)
		set(status, i, rowStatus)
	}
	return refused
}

func set[T any](optional []T, i int, value T) {
	if optional != nil {
		optional[i] = value
	}
}

// quantiseRow writes the code of one row, or nothing and false if the row is refused.
func quantiseRow(code, row []byte, n int, dtype Dtype) bool {
	if dtype == Q2 {
		copy(code, row)
		code[len(code)-1] &= lastByteMask(n)
		return true
	}
	sum := sumOfSquares(row, n, dtype)
	if math.IsNaN(float64(sum)) || math.IsInf(float64(sum), 0) {
		return false
	}
	pack(code, row, n, dtype, newCutPoints(scale(sum), threshold(n)))
	return true
}
