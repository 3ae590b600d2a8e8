package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

// offHeap takes memory that the garbage collector neither scans nor moves, and says whether it lies on huge pages.
func offHeap(bytes int) (memory []byte, huge bool, free func(), err error) {
	a, err := newArena(bytes)
	if err != nil {
		return nil, false, nil, err
	}
	lease, err := a.Acquire(context.Background())
	if err != nil {
		return nil, false, nil, err
	}
	memory, err = lease.Bytes()
	return memory, a.Stats().HugePageSize > 0, func() { lease.Release(); a.Close() }, err
}

// newArena asks for huge pages and takes what there is.
func newArena(bytes int) (*arena.Arena, error) {
	a, err := arena.New(arena.Options{Leases: 1, LeaseBytes: bytes, HugePages: true})
	if err != nil {
		return nil, fmt.Errorf("%d MiB of memory: %w", bytes>>20, err)
	}
	return a, nil
}

// gaussian fills dense rows of n elements: rms 1 in the floating-point types, 40 in q8, 3 in q4; q2 is uniform.
func gaussian(rows []byte, dtype q2.Dtype, seed uint64) {
	random := rand.New(rand.NewPCG(seed, uint64(dtype)))
	switch dtype {
	case q2.FP32:
		for ; len(rows) >= 4; rows = rows[4:] {
			binary.LittleEndian.PutUint32(rows, math.Float32bits(float32(random.NormFloat64())))
		}
	case q2.FP16, q2.BF16:
		for ; len(rows) >= 2; rows = rows[2:] {
			binary.LittleEndian.PutUint16(rows, shorten(float32(random.NormFloat64()), dtype))
		}
	case q2.Q8:
		for i := range rows {
			rows[i] = byte(int8(level(40*random.NormFloat64(), -127, 127)))
		}
	case q2.Q4:
		for i := range rows {
			rows[i] = byte(level(3*random.NormFloat64(), -8, 7)+8)<<4 | byte(level(3*random.NormFloat64(), -8, 7)+8)
		}
	default:
		fillRandom(rows, seed)
	}
}

func level(x, low, high float64) int { return int(math.RoundToEven(max(low, min(high, x)))) }

// shorten rounds half up in magnitude, which is near enough; what is subnormal in fp16 becomes 0.
func shorten(x float32, dtype q2.Dtype) uint16 {
	bits := math.Float32bits(x)
	if dtype == q2.BF16 {
		return uint16((bits + 0x8000) >> 16)
	}
	sign, magnitude := uint16(bits>>16&0x8000), bits&0x7fffffff
	if magnitude < 113<<23 { // 2^-14
		return sign
	}
	return sign | uint16((magnitude+0x1000-112<<23)>>13)
}

func fillRandom(bytes []byte, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	for ; len(bytes) >= 8; bytes = bytes[8:] {
		binary.LittleEndian.PutUint64(bytes, random.Uint64())
	}
	for i := range bytes {
		bytes[i] = byte(random.Uint64())
	}
}

// hotSets are Gaussian rows in sets that stay in a cache while each is measured.
type hotSets struct {
	memory               []byte
	sets, rows, n, bytes int // rows of a set; bytes of a row
	dtype                q2.Dtype
	free                 func()
}

// newHotSets makes sets of as many rows as have place, at least one; in all some 400 rows, so that the share of rows that
// take the long way is in the mean.
func newHotSets(place, n int, dtype q2.Dtype, quick bool) (*hotSets, error) {
	h := &hotSets{n: n, bytes: dtype.RowBytes(n), dtype: dtype, rows: max(1, place/(4*n))}
	total := 400
	if quick {
		total = 40
	}
	h.sets = (total + h.rows - 1) / h.rows
	memory, _, free, err := offHeap(h.sets * h.rows * h.bytes)
	if err != nil {
		return nil, err
	}
	h.memory, h.free = memory, free
	gaussian(memory, dtype, uint64(n))
	return h, nil
}

func (h *hotSets) set(i int) []byte { return h.memory[i*h.rows*h.bytes:][:h.rows*h.bytes] }

// passes make a sample long enough for the clock: a set of any size is some microseconds' work for a wide norm.
func (h *hotSets) passes() int { return max(4, 1<<20/(h.rows*4*h.n)) }

// perRow turns the time of a sample into that of a row.
func (h *hotSets) perRow(nanoseconds float64) float64 {
	return nanoseconds / float64(h.passes()*h.rows)
}

// quantise is the loop over one set.
func (h *hotSets) quantise(set int) loop {
	return func() float64 {
		return h.perRow(timeQuantise(h.set(set), h.rows, h.n, h.dtype, h.passes()))
	}
}

// norm is the loop of one wide norm over one set.
func (h *hotSets) norm(set, variant int) loop {
	return func() float64 {
		return h.perRow(timeNorm(variant, h.set(set), h.rows, h.n, h.passes()))
	}
}
