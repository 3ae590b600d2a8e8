package arena_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

const (
	soakGoroutines = 64
	soakLeases     = 8 // far fewer than goroutines: nearly every cycle waits
	soakRows       = 3
	soakN          = 384
	soakWarm       = 1000
	// soakTolerance is one byte a cycle. What is seen is a fifth to a half of it, all within the first few hundred thousand cycles:
	// threads that the Go runtime starts (5 become 10) and stacks of goroutines. The second and the third million add 4 KiB each.
	soakTolerance = 1_000_000
)

// server is one goroutine of the soak. It has its own activation, and knows the code and key of it from the reference.
type server struct {
	activation []byte // [soakRows × soakN] of fp32
	packed     [(soakN + 3) / 4]byte
	key        q2.TransitionKey
	served     int
}

func newServer(t *testing.T, seed uint64) *server {
	random := rand.New(rand.NewPCG(seed, 1))
	floats := make([]float32, soakRows*soakN)
	for i := range floats {
		floats[i] = float32(random.NormFloat64())
	}
	s := &server{activation: slices.Clone(q2.Float32Row(floats).Data)}
	bits, transitions, err := reference.Quantise(s.packed[:], s.activation, soakRows, soakN, reference.FP32)
	require.NoError(t, err)
	s.key = q2.TransitionKey{Bits: bits, Transitions: transitions}
	return s
}

// cycle acquires a lease, runs a stand-in for a model, quantises what that wrote, and releases. It returns what went wrong, "" if nothing did.
func (s *server) cycle(a *arena.Arena) string {
	l, err := a.Acquire(context.Background())
	if err != nil {
		return err.Error()
	}
	tensor, err := l.Tensor(q2.FP32, soakRows, soakN)
	if err != nil {
		return err.Error()
	}
	s.run(tensor)
	packed, err := l.Packed()
	if err != nil {
		return err.Error()
	}
	key, err := q2.Quantise(packed, tensor)
	if err != nil {
		return err.Error()
	}
	if err := l.SetKey(key); err != nil {
		return err.Error()
	}
	if key, err = l.Key(); err != nil || key != s.key || !bytes.Equal(packed, s.packed[:]) {
		return "a lease holds somebody else's result"
	}
	if err := l.Release(); err != nil {
		return err.Error()
	}
	s.served++
	return ""
}

// run stands in for ONNX Runtime: it writes the activation, and the processor goes to others meanwhile, as it does in the long calls of a
// real model. Without that a cycle is a microsecond, and a goroutine that finds a lease free each time has 10 000 of them in one turn of Go's
// scheduler, two thirds of the mean: the slowest then had 45 to 82% of it in 20 runs, by the scheduler's doing and not the arena's.
func (s *server) run(tensor q2.Tensor) {
	copy(tensor.Data, s.activation)
	runtime.Gosched()
}

// TestSoak is a million requests (fewer in instrumented builds) from 64 goroutines on two processors over eight leases.
func TestSoak(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	a := newArena(t, arena.Options{Leases: soakLeases, LeaseBytes: q2.FP32.RowBytes(soakN) * soakRows, N: soakN})
	_, err := q2.Default()
	require.NoError(t, err)
	servers := make([]*server, soakGoroutines)
	for i := range servers {
		servers[i] = newServer(t, uint64(i))
	}
	var left atomic.Int64
	left.Store(soakWarm)
	var done sync.WaitGroup
	var warm sync.WaitGroup
	warm.Add(soakGoroutines)
	start := make(chan struct{})
	run := func(s *server) {
		for left.Add(-1) >= 0 {
			if wrong := s.cycle(a); wrong != "" {
				t.Error(wrong)
				return
			}
		}
	}
	for _, s := range servers {
		done.Go(func() {
			run(s)
			warm.Done()
			<-start
			s.served = 0
			run(s)
		})
	}
	warm.Wait()
	resident := residentBytes(t)
	left.Store(soakCycles)
	close(start)
	done.Wait()
	grown := residentBytes(t) - resident

	slowest, total := soakCycles, 0
	for _, s := range servers {
		slowest, total = min(slowest, s.served), total+s.served
	}
	assert.Equal(t, soakCycles, total)
	assert.GreaterOrEqual(t, slowest, soakCycles/soakGoroutines/2, "the slowest gets at least half of the mean")
	if !instrumented {
		assert.LessOrEqual(t, grown, soakTolerance, "bytes in RAM after the first thousand cycles")
	}
	stats := a.Stats()
	assert.Equal(t, [3]int{0, 0, soakLeases}, [3]int{stats.InUse, stats.Waiting, stats.HighWater}, "no lease is lost")
	assert.Greater(t, stats.Waits, uint64(soakCycles/2), "the leases were scarce")
	t.Logf("slowest %d of a mean of %d; memory grew by %d bytes; %d waits of %v on average",
		slowest, soakCycles/soakGoroutines, grown, stats.Waits, stats.WaitTime/time.Duration(stats.Waits))
}
