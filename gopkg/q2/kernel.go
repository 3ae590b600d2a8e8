package q2

import (
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/native"
)

// Kernel is one backend. Open makes one; the zero Kernel, and a nil one, is the go backend.
//
// A Kernel of a C backend stands for the copy of libq2 behind it: the one that is compiled in, or the file that is loaded.
// That copy has one choice of instruction set for the whole process. Two Kernels of one copy therefore always use the same
// one, the one opened last; ISA tells which. Results do not depend on it.
type Kernel struct {
	door    door
	library *native.Library // of doorPurego
	small   upTo            // sizes for which plain Go is used instead; none where a backend or instruction set was asked for
}

// door says which implementation a call goes to. Calls switch on it rather than through an interface: through an interface
// the compiler would move the caller's buffers to the heap.
type door uint8

const (
	doorGo door = iota
	doorCgo
	doorPurego
)

func (k *Kernel) in() door {
	if k == nil {
		return doorGo
	}
	return k.door
}

// Quantise codes the last row of t into the first PackedLen(t.N) bytes of packed, and returns its transition key
// (docs/SPEC.md sections 1 to 6). It fails with an *ArgumentError or ErrNotFinite, and then writes nothing.
func (k *Kernel) Quantise(packed []byte, t Tensor) (TransitionKey, error) {
	if wrong := checkQuantise(packed, t); wrong != nil {
		return TransitionKey{}, wrong
	}
	var key TransitionKey
	var status native.Status
	switch k.quantiseDoor(t.N) {
	case doorCgo:
		key.Bits, key.Transitions, status = native.Cgo{}.Quantise(packed, t.Data, t.SeqLen, t.N, uint32(t.Dtype))
	case doorPurego:
		key.Bits, key.Transitions, status = k.library.Quantise(packed, t.Data, t.SeqLen, t.N, uint32(t.Dtype))
	default:
		var err error
		key.Bits, key.Transitions, err = reference.Quantise(packed, t.Data, t.SeqLen, t.N, reference.Dtype(t.Dtype))
		status = statusOf(err)
	}
	if status != native.OK {
		return TransitionKey{}, k.failure(status)
	}
	return key, nil
}

// QuantiseRows codes many rows in one call, which costs less than a call for each. A refused row becomes zero bytes, key 0
// and 0 transitions, and the others are done; the error is then a *RefusedRowsError, which matches ErrNotFinite. Bytes
// between rows are not touched. On an *ArgumentError nothing is written.
func (k *Kernel) QuantiseRows(dst RowResults, rows Rows) error {
	if rows.Stride == 0 {
		rows.Stride = rows.Dtype.RowBytes(rows.N)
	}
	if dst.Stride == 0 {
		dst.Stride = PackedLen(rows.N)
	}
	if wrong := checkRows(dst, rows); wrong != nil {
		return wrong
	}
	if rows.Count == 0 {
		return nil
	}
	switch status := k.quantiseRows(dst, rows); status {
	case native.OK:
		return nil
	case native.NotFinite:
		return k.refusal(dst, rows)
	default:
		return k.failure(status)
	}
}

func (k *Kernel) quantiseRows(dst RowResults, rows Rows) native.Status {
	switch k.in() {
	case doorCgo:
		return native.Cgo{}.QuantiseRows(dst.Packed, dst.Stride, dst.Keys, dst.Transitions, statusBytes(dst.Status),
			rows.Data, rows.Stride, rows.Count, rows.N, uint32(rows.Dtype))
	case doorPurego:
		return k.library.QuantiseRows(dst.Packed, dst.Stride, dst.Keys, dst.Transitions, statusBytes(dst.Status),
			rows.Data, rows.Stride, rows.Count, rows.N, uint32(rows.Dtype))
	default:
		return statusOf(reference.QuantiseRows(dst.Packed, dst.Stride, dst.Keys, dst.Transitions, statusBytes(dst.Status),
			rows.Data, rows.Stride, rows.Count, rows.N, reference.Dtype(rows.Dtype)))
	}
}

// refusal counts the refused rows. A caller who took no status gets his rows done once more, to the same bytes: a refusal
// is rare, and a status array for every call would not be.
func (k *Kernel) refusal(dst RowResults, rows Rows) error {
	if dst.Status == nil {
		dst.Status = make([]Status, rows.Count)
		k.quantiseRows(dst, rows)
	}
	refused := &RefusedRowsError{First: -1, Count: rows.Count}
	for i, status := range dst.Status[:rows.Count] {
		if status == StatusOK {
			continue
		}
		if refused.First < 0 {
			refused.First = i
		}
		refused.Refused++
	}
	return refused
}

// Key is the transition key of a code of n dimensions (docs/SPEC.md section 6). Bits beyond n are ignored. It fails with an
// *ArgumentError.
func (k *Kernel) Key(packed []byte, n int) (TransitionKey, error) {
	if wrong := checkKey(packed, n); wrong != nil {
		return TransitionKey{}, wrong
	}
	var key TransitionKey
	var status native.Status
	switch k.keyDoor(n) {
	case doorCgo:
		key.Bits, key.Transitions, status = native.Cgo{}.Key(packed, n)
	case doorPurego:
		key.Bits, key.Transitions, status = k.library.Key(packed, n)
	default:
		var err error
		key.Bits, key.Transitions, err = reference.Key(packed, n)
		status = statusOf(err)
	}
	if status != native.OK {
		return TransitionKey{}, k.failure(status)
	}
	return key, nil
}

// ISA is the instruction set that the kernel uses now: scalar, avx2, avx512 or neon, or go for the go backend.
func (k *Kernel) ISA() string {
	choice.Lock()
	defer choice.Unlock()
	switch k.in() {
	case doorCgo:
		return native.Cgo{}.ISA()
	case doorPurego:
		return k.library.ISA()
	}
	return goISA
}

// Library is the release of libq2 behind the kernel, and the file that it was loaded from. The file is empty where libq2 is
// compiled in, and both are for the go backend.
func (k *Kernel) Library() (version, file string) {
	switch k.in() {
	case doorCgo:
		return native.Cgo{}.Version(), ""
	case doorPurego:
		return k.library.Version(), k.library.Path()
	}
	return "", ""
}

// Backend is the name of the backend: cgo, purego or go.
func (k *Kernel) Backend() string { return backendNames[k.in()] }

// String is backend and instruction set, as in cgo/avx2.
func (k *Kernel) String() string { return k.Backend() + "/" + k.ISA() }
