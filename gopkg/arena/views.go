package arena

import (
	"fmt"
	"unsafe"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Bytes is the room for the activation: LeaseBytes bytes, 64-byte aligned. It holds whatever the piece's last user left, zeros at
// first.
func (l Lease) Bytes() ([]byte, error) {
	if !l.valid() {
		return nil, l.gone("Bytes")
	}
	return l.room(0, l.slot.arena.layout.activation), nil
}

// Float32s is the room for the activation as floats in the machine's byte order, LeaseBytes/4 of them.
func (l Lease) Float32s() ([]float32, error) {
	if !l.valid() {
		return nil, l.gone("Float32s")
	}
	return view[float32](l.room(0, l.slot.arena.layout.activation)), nil
}

// Tensor is the room for the activation as a row-major tensor [seqLen × n]: seqLen × dtype.RowBytes(n) bytes from its start (docs/SPEC.md
// section 1). A *SizeError if there is no such tensor, or if it is larger than the room.
func (l Lease) Tensor(dtype q2.Dtype, seqLen, n int) (q2.Tensor, error) {
	if !l.valid() {
		return q2.Tensor{}, l.gone("Tensor")
	}
	size, err := l.slot.arena.tensorBytes(dtype, seqLen, n)
	if err != nil {
		return q2.Tensor{}, err
	}
	return q2.Tensor{Data: l.room(0, size), Dtype: dtype, SeqLen: seqLen, N: n}, nil
}

func (a *Arena) tensorBytes(dtype q2.Dtype, seqLen, n int) (int, error) {
	if n < 1 || n > q2.MaxDim || dtype == q2.Q4 && n%2 != 0 {
		return 0, &SizeError{"number of dimensions", n, fmt.Sprintf("1 to %d, and even for q4", q2.MaxDim)}
	}
	row := dtype.RowBytes(n)
	if row == 0 {
		return 0, &SizeError{"dtype", int(dtype), "one of package q2"}
	}
	if dtype == q2.Q2 {
		seqLen = 1 // a packed code is one row whatever it was made of
	}
	if most := a.layout.activation / row; seqLen < 1 || seqLen > most {
		return 0, &SizeError{"sequence length", seqLen, fmt.Sprintf("1 to %d, with rows of %d bytes in a lease of %d", most, row, a.layout.activation)}
	}
	return seqLen * row, nil
}

// Packed is the room for the codes, one after another: Codes × ceil(N/4) bytes, 64-byte aligned. A *SizeError if the arena has none (Options.N).
func (l Lease) Packed() ([]byte, error) {
	if !l.valid() {
		return nil, l.gone("Packed")
	}
	at := &l.slot.arena.layout
	if at.codes == 0 {
		return nil, errNoResults()
	}
	return l.room(at.packed, at.codes*at.codeBytes), nil
}

// Results is the room for count codes with their keys, transitions and statuses, for q2.QuantiseRows. A *SizeError if there is less.
func (l Lease) Results(count int) (q2.RowResults, error) {
	if !l.valid() {
		return q2.RowResults{}, l.gone("Results")
	}
	at := &l.slot.arena.layout
	if at.codes == 0 {
		return q2.RowResults{}, errNoResults()
	}
	if count < 0 || count > at.codes {
		return q2.RowResults{}, &SizeError{"number of codes", count, fmt.Sprintf("0 to %d, as the arena was made for", at.codes)}
	}
	return q2.RowResults{
		Packed: l.room(at.packed, count*at.codeBytes), Stride: at.codeBytes,
		Keys:        view[uint64](l.room(at.keys, count*8)),
		Transitions: view[uint32](l.room(at.transitions, count*4)),
		Status:      view[q2.Status](l.room(at.status, count)),
	}, nil
}

// Key is the key of the first code, as SetKey or q2.QuantiseRows into Results left it. A *SizeError if the arena has no room for one.
func (l Lease) Key() (q2.TransitionKey, error) {
	if !l.valid() {
		return q2.TransitionKey{}, l.gone("Key")
	}
	bits, transitions, err := l.keyRoom()
	if err != nil {
		return q2.TransitionKey{}, err
	}
	return q2.TransitionKey{Bits: *bits, Transitions: *transitions}, nil
}

// SetKey keeps the key of the first code with it. Errors are those of Key.
func (l Lease) SetKey(key q2.TransitionKey) error {
	if !l.valid() {
		return l.gone("SetKey")
	}
	bits, transitions, err := l.keyRoom()
	if err != nil {
		return err
	}
	*bits, *transitions = key.Bits, key.Transitions
	return nil
}

func (l Lease) keyRoom() (*uint64, *uint32, error) {
	at := &l.slot.arena.layout
	if at.codes == 0 {
		return nil, nil, errNoResults()
	}
	return &view[uint64](l.room(at.keys, 8))[0], &view[uint32](l.room(at.transitions, 4))[0], nil
}

func errNoResults() error {
	return &SizeError{"number of dimensions", 0, fmt.Sprintf("1 to %d in the arena's options, or leases have no room for results", q2.MaxDim)}
}

// view is b as elements of another type; b starts on a cache line, so any element type is aligned.
func view[E float32 | uint64 | uint32 | q2.Status](b []byte) []E {
	var e E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(e)))
}
