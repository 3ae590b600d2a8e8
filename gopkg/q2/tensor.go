package q2

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// Tensor is an activation, row-major [SeqLen × N]. Only its last row is read.
type Tensor struct {
	Data   []byte // at least SeqLen × Dtype.RowBytes(N) bytes, little-endian
	Dtype  Dtype
	SeqLen int // rows; ignored where Dtype is Q2
	N      int // dimensions, 1 to MaxDim
}

// Float32Row is x as a tensor of one row. It is a view of the same memory, not a copy (on a big-endian machine, where the
// specification's byte order differs from x's, it is a copy).
func Float32Row(x []float32) Tensor {
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
	if bigEndian {
		data = make([]byte, 4*len(x))
		for i, value := range x {
			binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(value))
		}
	}
	return Tensor{Data: data, Dtype: FP32, SeqLen: 1, N: len(x)}
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Rows is Count rows of N elements, Stride bytes apart.
type Rows struct {
	Data   []byte
	Dtype  Dtype
	Count  int
	N      int
	Stride int // bytes from one row to the next, at least Dtype.RowBytes(N); 0 means just that
}

// RowResults is where the results of QuantiseRows go. All but Packed may be nil; those that are not hold at least one
// element a row.
type RowResults struct {
	Packed      []byte
	Stride      int // bytes from one code to the next, at least PackedLen(N); 0 means just that
	Keys        []uint64
	Transitions []uint32
	Status      []Status
}

// Status says what became of one row. The numbers are those of the C interface.
type Status uint8

// The statuses of a row.
const (
	StatusOK        Status = 0
	StatusNotFinite Status = 3 // refused: see ErrNotFinite
)

// Codes is Count packed codes of N dimensions, Stride bytes apart.
type Codes struct {
	Data   []byte
	Count  int
	N      int
	Stride int // bytes from one code to the next, at least PackedLen(N); 0 means just that
}
