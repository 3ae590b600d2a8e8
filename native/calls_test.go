package native

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fp32 of 3, 0.1, −0.1, −3: D C B A.
var activation = []byte{0, 0, 0x40, 0x40, 0xcd, 0xcc, 0xcc, 0x3d, 0xcd, 0xcc, 0xcc, 0xbd, 0, 0, 0x40, 0xc0}

func TestEveryCall(t *testing.T) { eachDoor(t, everyCall) }

func everyCall(t *testing.T, door door) {
	packed := []byte{0}
	key, transitions, status := door.Quantise(packed, activation, 1, 4, 0)
	assert.Equal(t, []any{uint64(0xe4) << 56, uint32(4), OK, byte(0xb4)}, []any{key, transitions, status, packed[0]})

	key, transitions, status = door.Key(packed, 4)
	assert.Equal(t, []any{uint64(0xe4) << 56, uint32(4), OK}, []any{key, transitions, status})

	distance, status := door.LeeDistance(packed, []byte{0x00}, 4)
	assert.Equal(t, []any{uint32(4), OK}, []any{distance, status})

	codes, keys, walked, rows := []byte{9, 9}, []uint64{9, 9}, []uint32{9, 9}, []byte{9, 9}
	status = door.QuantiseRows(codes, 1, keys, walked, rows, append(activation, activation...), 16, 2, 4, 0)
	assert.Equal(t, OK, status)
	assert.Equal(t, []any{[]byte{0xb4, 0xb4}, []uint64{0xe4 << 56, 0xe4 << 56}, []uint32{4, 4}, []byte{0, 0}}, []any{codes, keys, walked, rows})
	assert.Equal(t, OK, door.QuantiseRows(codes, 1, nil, nil, nil, activation, 16, 1, 4, 0))

	distances := []uint32{9, 9}
	assert.Equal(t, OK, door.LeeDistances(distances, packed, []byte{0xb4, 0x00}, 1, 2, 4))
	assert.Equal(t, []uint32{0, 4}, distances)

	ids, near := []uint64{9, 9, 9}, []uint32{9, 9, 9}
	found, status := door.LeeNearest(ids, near, packed, []byte{0x00, 0xb4}, 1, 2, 4)
	assert.Equal(t, []any{2, OK}, []any{found, status})
	assert.Equal(t, []any{[]uint64{1, 0, 9}, []uint32{0, 4, 9}}, []any{ids, near})
}

// C has the last word on its arguments, in a status and not in a crash.
func TestErrorsAreStatuses(t *testing.T) { eachDoor(t, errorsAreStatuses) }

func errorsAreStatuses(t *testing.T, door door) {
	packed := []byte{0xee}
	nan := []byte{0, 0, 0xc0, 0x7f}
	for what, got := range map[string]Status{
		"not finite": third(door.Quantise(packed, nan, 1, 1, 0)),
	} {
		assert.Equal(t, NotFinite, got, what)
	}
	for what, got := range map[string]Status{
		"n zero":           third(door.Quantise(packed, activation, 1, 0, 0)),
		"n negative":       third(door.Quantise(packed, activation, 1, -1, 0)),
		"dtype":            third(door.Quantise(packed, activation, 1, 4, 6)),
		"dtype largest":    third(door.Quantise(packed, activation, 1, 4, math.MaxUint32)),
		"seq_len zero":     third(door.Quantise(packed, activation, 0, 4, 0)),
		"seq_len overflow": third(door.Quantise(packed, activation, -1, 4, 0)),
		"tensor nil":       third(door.Quantise(packed, nil, 1, 4, 0)),
		"packed nil":       third(door.Quantise(nil, activation, 1, 4, 0)),
		"key n":            third(door.Key(packed, 0)),
		"row stride":       door.QuantiseRows(packed, 1, nil, nil, nil, activation, 15, 1, 4, 0),
		"distances stride": door.LeeDistances([]uint32{0}, packed, packed, 0, 1, 4),
	} {
		assert.Equal(t, Argument, got, what)
	}
	_, status := door.LeeNearest(nil, nil, packed, packed, 1, 1, 4)
	assert.Equal(t, Argument, status, "k zero")
	_, status = door.LeeDistance(packed, nil, 4)
	assert.Equal(t, Argument, status, "b nil")
	assert.Equal(t, []byte{0xee}, packed, "written although refused")
}

func third(_ uint64, _ uint32, status Status) Status { return status }

func TestForceISA(t *testing.T) { eachDoor(t, forceISA) }

func forceISA(t *testing.T, door door) {
	defer door.ForceISA("")
	best := door.ISA()
	for _, name := range []string{"sse9", "AVX2", "avx2\x00", " ", "go"} {
		assert.Equal(t, Argument, door.ForceISA(name), "%q", name)
		assert.Equal(t, best, door.ISA())
	}
	for _, name := range []string{"scalar", "avx2", "avx512", "neon"} {
		before := door.ISA()
		switch status := door.ForceISA(name); status {
		case OK:
			assert.Contains(t, ISAs(), name)
			assert.Equal(t, name, door.ISA())
		default:
			assert.Equal(t, Unsupported, status, name)
			assert.NotEqual(t, "scalar", name, "scalar is always there")
			assert.Equal(t, before, door.ISA())
		}
	}
	require.Equal(t, OK, door.ForceISA(""))
	assert.Equal(t, best, door.ISA())
}

func TestStatusTexts(t *testing.T) { eachDoor(t, statusTexts) }

func statusTexts(t *testing.T, door door) {
	seen := map[string]bool{}
	for _, status := range []Status{OK, Argument, Unsupported, NotFinite, 99} {
		text := door.StatusText(status)
		assert.NotEmpty(t, text)
		assert.False(t, seen[text], "%q stands for two statuses", text)
		seen[text] = true
	}
}

// What a call costs beyond the kernel's work.
func BenchmarkEmptyCall(b *testing.B) {
	b.Run("cgo", func(b *testing.B) {
		for b.Loop() {
			Cgo{}.ABIVersion()
		}
	})
	b.Run("purego", func(b *testing.B) {
		library := testLibrary(b)
		b.ReportAllocs()
		for b.Loop() {
			library.ABIVersion()
		}
	})
}
