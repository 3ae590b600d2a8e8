package native

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the compiler checked for cgo holds for the table too: every symbol gives what the compiled copy gives, on data that
// tells arguments in a wrong order, or of a wrong width, apart.
func TestEverySymbolAnswersAsCgoDoes(t *testing.T) {
	needsLoader(t)
	reason := Cgo{}.Missing()
	if reason != "" {
		t.Skip(reason) // the tests of each call by hand, and those of gopkg/q2, remain
	}
	library, c := testLibrary(t), Cgo{}
	random := rand.New(rand.NewPCG(3, 4))
	row := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	const n, count, stride = 1001, 7, 253
	tensor, codes, query := row(3*n), row(count*stride), row(251)
	vector, levels := make([]float32, n), make([]int8, 2*n+2)
	for i := range levels {
		levels[i] = int8(random.Uint32())
		vector[i%n] = float32(random.NormFloat64())
	}
	checks := map[symbol]func(d door) []any{
		symABIVersion: func(d door) []any { return []any{d.ABIVersion()} },
		symVersion:    func(d door) []any { return []any{d.Version()} },
		symStatusText: func(d door) []any {
			return []any{d.StatusText(OK), d.StatusText(Argument), d.StatusText(Unsupported), d.StatusText(NotFinite), d.StatusText(77)}
		},
		symISA: func(d door) []any { return []any{d.ISA()} },
		symForceISA: func(d door) []any {
			defer d.ForceISA("")
			return []any{d.ForceISA("scalar"), d.ISA(), d.ForceISA("sse9"), d.ForceISA("neon"), d.ForceISA("avx2"), d.ISA()}
		},
		symQuantise: func(d door) []any {
			packed := make([]byte, 260)
			key, transitions, status := d.Quantise(packed, tensor, 3, n, 2)
			return []any{packed, key, transitions, status}
		},
		symQuantiseRows: func(d door) []any {
			packed, keys, transitions, status := make([]byte, 3*260), make([]uint64, 3), make([]uint32, 3), []byte{9, 9, 9}
			result := d.QuantiseRows(packed, 260, keys, transitions, status, tensor, 1001, 3, 1000, 2)
			return []any{packed, keys, transitions, status, result}
		},
		symKey: func(d door) []any {
			key, transitions, status := d.Key(query, n)
			return []any{key, transitions, status}
		},
		symLeeDistance: func(d door) []any {
			distance, status := d.LeeDistance(query, codes, n)
			return []any{distance, status}
		},
		symLeeDistances: func(d door) []any {
			distances := make([]uint32, count+1)
			return []any{d.LeeDistances(distances, query, codes, stride, count, n), distances}
		},
		symLeeNearest: func(d door) []any {
			ids, distances := make([]uint64, 4), make([]uint32, 4)
			found, status := d.LeeNearest(ids, distances, query, codes, stride, count, n)
			return []any{found, status, ids, distances}
		},
		symLeeNearestMany:     manyChecks(door.LeeNearestMany, codes, stride, count, n, codes, stride, 5),
		symL1NearestMany:      manyChecks(door.L1NearestMany, codes, stride, count, n, codes, stride, 5),
		symCodeDotNearestMany: manyChecks(door.CodeDotNearestMany, codes, stride, count, n, codes, stride, 5),
		symDotNearestMany:     manyChecks(door.DotNearestMany, codes, stride, count, n, levels, n+2, 2),
		symL1Distance: func(d door) []any {
			distance, status := d.L1Distance(query, codes, n)
			return []any{distance, status}
		},
		symCodeDot: func(d door) []any {
			score, status := d.CodeDot(query, codes, n)
			return []any{score, status}
		},
		symDot: func(d door) []any {
			score, status := d.Dot(levels, codes, n)
			return []any{score, status}
		},
		symDotQuery: func(d door) []any {
			dst := make([]int8, n+1)
			return []any{d.DotQuery(dst, vector, n), dst, d.DotQuery(dst, []float32{float32(math.Inf(1))}, 1)}
		},
		symL1Distances: func(d door) []any {
			distances := make([]uint32, count+1)
			return []any{d.L1Distances(distances, query, codes, stride, count, n), distances}
		},
		symCodeDotScores: func(d door) []any {
			scores := make([]float32, count+1)
			return []any{d.CodeDotScores(scores, query, codes, stride, count, n), scores}
		},
		symDotScores: func(d door) []any {
			scores := make([]float32, count+1)
			return []any{d.DotScores(scores, levels, codes, stride, count, n), scores}
		},
		symL1Nearest: func(d door) []any {
			ids, distances := make([]uint64, 4), make([]uint32, 4)
			found, status := d.L1Nearest(ids, distances, query, codes, stride, count, n)
			return []any{found, status, ids, distances}
		},
		symCodeDotNearest: func(d door) []any {
			ids, scores := make([]uint64, 4), make([]float32, 4)
			found, status := d.CodeDotNearest(ids, scores, query, codes, stride, count, n)
			return []any{found, status, ids, scores}
		},
		symDotNearest: func(d door) []any {
			ids, scores := make([]uint64, 4), make([]float32, 4)
			found, status := d.DotNearest(ids, scores, levels, codes, stride, count, n)
			return []any{found, status, ids, scores}
		},
	}
	for s := range symbolCount {
		require.Contains(t, checks, s, "%s is not held against cgo", symbolNames[s])
		assert.Equal(t, checks[s](c), checks[s](library), symbolNames[s])
	}
}

// manyChecks calls a function for several queries at once, with results that tell its arguments apart.
func manyChecks[Q byte | int8, V uint32 | float32](call func(d door, ids []uint64, values []V, k int, queries []Q, queryStride, queryCount int,
	codes []byte, stride, count, n int) (int, Status), codes []byte, stride, count, n int, queries []Q, queryStride, queryCount int) func(d door) []any {
	return func(d door) []any {
		const k = 3
		ids, values := make([]uint64, k*queryCount), make([]V, k*queryCount)
		found, status := call(d, ids, values, k, queries, queryStride, queryCount, codes, stride, count, n)
		return []any{ids, values, found, status}
	}
}

// The compiled copy and a loaded one each have a choice of their own.
func TestAForcedISALeavesTheOtherCopyAlone(t *testing.T) {
	needsLoader(t)
	if reason := (Cgo{}).Missing(); reason != "" {
		t.Skip(reason)
	}
	library, c := testLibrary(t), Cgo{}
	defer library.ForceISA("")
	defer c.ForceISA("")
	best := c.ISA()
	require.Equal(t, best, library.ISA())
	if best == "scalar" {
		require.NotContains(t, required(), "avx2")
		t.Skip("this machine has one instruction set")
	}
	require.Equal(t, OK, library.ForceISA("scalar"))
	assert.Equal(t, []string{best, "scalar"}, []string{c.ISA(), library.ISA()})
	require.Equal(t, OK, library.ForceISA(""))
	require.Equal(t, OK, c.ForceISA("scalar"))
	assert.Equal(t, []string{"scalar", best}, []string{c.ISA(), library.ISA()})
}

// Buffers on a stack that moves all the time, in many goroutines, under a busy garbage collector, which shrinks stacks: an
// address that went stale would be read or written somewhere else.
func TestBuffersOnMovingStacks(t *testing.T) {
	needsLoader(t)
	library := testLibrary(t)
	stop := make(chan struct{})
	var collecting, working sync.WaitGroup
	collecting.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	for range 8 {
		working.Go(func() {
			for range 300 {
				done := make(chan bool)
				go func() { done <- onAFreshStack(library) }() // 8 KiB or less, so that the calls make it grow
				if !<-done {
					t.Error("a buffer on a moving stack was missed")
					return
				}
			}
		})
	}
	working.Wait()
	close(stop)
	collecting.Wait()
}

// onAFreshStack has all buffers on the stack, at changing depths, with canaries around the results.
func onAFreshStack(library *Library) bool {
	var row [16]byte
	copy(row[:], activation)
	for depth := range 12 {
		if !atDepth(depth, library, &row) {
			return false
		}
	}
	return true
}

//go:noinline
func atDepth(depth int, library *Library, row *[16]byte) bool {
	var frame [512]byte
	frame[0] = byte(depth)
	if depth > 0 {
		return atDepth(depth-1, library, row) && frame[0] == byte(depth)
	}
	packed, codes, distances, ids := [3]byte{9, 9, 9}, [2]byte{0x00, 0xb4}, [4]uint32{9, 9, 9, 9}, [4]uint64{9, 9, 9, 9}
	key, transitions, status := library.Quantise(packed[1:2], row[:], 1, 4, 0)
	found, nearest := library.LeeNearest(ids[1:3], distances[1:3], packed[1:2], codes[:], 1, 2, 4)
	return key == 0xe4<<56 && transitions == 4 && status == OK && packed == [3]byte{9, 0xb4, 9} &&
		found == 2 && nearest == OK && ids == [4]uint64{9, 1, 0, 9} && distances == [4]uint32{9, 0, 4, 9}
}

// A copy larger than what is kept for later calls is right too, and so are buffers that are nil.
func TestLargeBuffersOnTheStack(t *testing.T) {
	needsLoader(t)
	library := testLibrary(t)
	var row [100 << 10]byte // n = 25600, on this stack
	row[3] = 0x40
	var packed [6400]byte
	key, transitions, status := library.Quantise(packed[:], row[:], 1, 25600, 0)
	assert.Equal(t, []any{uint64(0b11_01) << 60, uint32(2), OK}, []any{key, transitions, status}) // D, then zeros: B
	assert.Equal(t, byte(0b10_01_01_01), packed[0])
	assert.Equal(t, byte(0b01_01_01_01), packed[6399])
	assert.Equal(t, OK, library.QuantiseRows(packed[:], 1600, nil, nil, nil, row[:], 25600, 4, 6400, 0))
}

func TestALibraryAllocatesNothing(t *testing.T) {
	needsLoader(t)
	if raceEnabled {
		t.Skip("under the race detector a pool forgets on purpose")
	}
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
	library := testLibrary(t)
	heap := struct {
		row, packed, codes []byte
		ids, keys          []uint64
		distances          []uint32
		query              []int8
		vector, scores     []float32
	}{make([]byte, 4*64*4), make([]byte, 16*4), make([]byte, 16*9), make([]uint64, 4), make([]uint64, 4), make([]uint32, 9), make([]int8, 128), make([]float32, 64), make([]float32, 4)}
	for what, call := range map[string]func(){
		"heap": func() {
			library.Quantise(heap.packed, heap.row, 1, 64, 0)
			library.QuantiseRows(heap.packed, 16, heap.keys, heap.distances, nil, heap.row, 256, 4, 64, 0)
			library.Key(heap.packed, 64)
			library.LeeDistance(heap.packed, heap.codes, 64)
			library.LeeDistances(heap.distances, heap.packed, heap.codes, 16, 9, 64)
			library.LeeNearest(heap.ids, heap.distances, heap.packed, heap.codes, 16, 9, 64)
			library.LeeNearestMany(heap.ids, heap.distances, 2, heap.packed, 16, 2, heap.codes, 16, 9, 64)
			library.DotQuery(heap.query, heap.vector, 64)
			library.DotNearest(heap.ids, heap.scores, heap.query, heap.codes, 16, 9, 64)
			library.DotNearestMany(heap.ids, heap.scores, 2, heap.query, 64, 2, heap.codes, 16, 9, 64)
		},
		"stack": func() {
			var row [4 * 64]byte
			var packed [16]byte
			var ids [2]uint64
			var distances [2]uint32
			library.Quantise(packed[:], row[:], 1, 64, 0)
			library.Key(packed[:], 64)
			library.LeeNearest(ids[:], distances[:], packed[:], row[:], 16, 16, 64)
		},
	} {
		assert.Zero(t, testing.AllocsPerRun(200, call), what)
	}
}

// The crossing with a small kernel behind it, and what a copy from the stack adds.
func BenchmarkLibraryQuantise(b *testing.B) {
	library := testLibrary(b)
	heapRow, heapPacked := make([]byte, 256), make([]byte, 16)
	for i := range heapRow {
		heapRow[i] = byte(i%8*8 + 1) // ordinary numbers
	}
	runtime.KeepAlive(&heapRow)
	b.Run("heap", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			library.Quantise(heapPacked, heapRow, 1, 64, 0)
		}
	})
	b.Run("stack", func(b *testing.B) {
		var packed [16]byte
		row := [256]byte(heapRow)
		b.ReportAllocs()
		for b.Loop() {
			library.Quantise(packed[:], row[:], 1, 64, 0)
		}
	})
}
