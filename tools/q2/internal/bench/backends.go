package bench

import (
	"runtime"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/native"
)

// Speed is one way of calling one kernel, in fp32.
type Speed struct {
	Kind    string `json:"kind"` // "speed"
	Backend string `json:"backend"`
	ISA     string `json:"isa"`
	Call    string `json:"call"` // "quantise" or "rows"
	N       int    `json:"n"`
	Rows    int    `json:"rows"` // in a call
	// Nanoseconds is per row.
	Nanoseconds Spread  `json:"nanoseconds"`
	GBps        float64 `json:"gbps"` // of input
	Allocations float64 `json:"allocations"`
	// EmptyCall is what a call through the same door costs that does nothing, in nanoseconds; CallShare its part of the call.
	EmptyCall float64 `json:"empty_call"`
	CallShare float64 `json:"call_share"`
}

var (
	backendDims = []int{64, 384, 1024, 4096, 16384}
	batches     = []int{0, 1, 8, 64} // 0: Quantise, one row by itself
)

// sampleTime is how long one sample takes at least.
func (o Options) sampleTime() time.Duration {
	if o.Quick {
		return 5 * time.Microsecond
	}
	return 50 * time.Microsecond
}

// contender is one backend on one instruction set.
type contender struct {
	backend, isa string
	empty        float64
}

// open makes the contender's instruction set the one in use: a process has one for each backend.
func (c contender) open() (*q2.Kernel, error) { return q2.Open(c.backend, c.isa) }

func (r *run) backendsGroup() error {
	var all []contender
	for _, b := range q2.Backends() {
		if !b.Available {
			r.add(Bar{Name: "backends/" + b.Name + "/" + b.ISA, Unit: "ns", Missing: b.Reason})
			continue
		}
		c := contender{backend: b.Name, isa: b.ISA}
		c.empty = r.emptyCall(c.backend)
		all = append(all, c)
	}
	for _, n := range backendDims {
		for _, rows := range batches {
			if err := r.speeds(all, n, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyCall is the time of a call that does nothing.
func (r *run) emptyCall(backend string) float64 {
	empty := emptyCallOf(backend)
	if empty == nil {
		return 0
	}
	calls := calibrate(empty, r.sampleTime())
	return median(interleave(r.rounds(), []loop{timed(empty, calls)})[0])
}

// emptyCallOf is the cheapest call through a backend's door; nil where there is no door.
func emptyCallOf(backend string) func() {
	switch backend {
	case "cgo":
		return func() { native.Cgo{}.ABIVersion() }
	case "purego":
		if library, err := native.OpenLibrary(""); err == nil {
			return func() { library.ABIVersion() }
		}
	}
	return nil
}

// speeds measures all contenders by turns on the same rows.
func (r *run) speeds(all []contender, n, rows int) error {
	count := max(rows, min(64, max(1, placeL2/(4*n))))
	memory, _, free, err := offHeap(count * 4 * n)
	if err != nil {
		return err
	}
	defer free()
	gaussian(memory, q2.FP32, uint64(n))
	var loops []loop
	var list []Speed
	for _, c := range all {
		kernel, err := c.open()
		if err != nil {
			return err
		}
		call := quantiseCall(kernel, memory, n, rows, count)
		calls := calibrate(call, r.sampleTime())
		s := Speed{Kind: "speed", Backend: c.backend, ISA: c.isa, Call: "rows", N: n, Rows: rows, EmptyCall: c.empty, Allocations: allocations(call)}
		if rows == 0 {
			s.Call, s.Rows = "quantise", 1
		}
		list = append(list, s)
		sample := timed(call, calls)
		loops = append(loops, func() float64 {
			c.open()
			call() // warms what the last contender left
			return sample() / float64(max(rows, 1))
		})
	}
	for i, times := range interleave(r.rounds(), loops) {
		s := list[i]
		s.Nanoseconds = spreadOf(times)
		s.GBps = float64(4*n) / s.Nanoseconds.Value
		s.CallShare = s.EmptyCall / (s.Nanoseconds.Value * float64(s.Rows))
		r.report.Speeds = append(r.report.Speeds, s)
	}
	return nil
}

// quantiseCall is one call on (rows) of the (count) rows in memory; each call takes the next ones.
func quantiseCall(kernel *q2.Kernel, memory []byte, n, rows, count int) func() {
	packed, keys, next := make([]byte, max(rows, 1)*q2.PackedLen(n)), make([]uint64, rows), 0
	advance := func(by int) []byte {
		if next+by > count {
			next = 0
		}
		next += by
		return memory[(next-by)*4*n:]
	}
	if rows == 0 {
		return func() { kernel.Quantise(packed, q2.Tensor{Data: advance(1), Dtype: q2.FP32, SeqLen: 1, N: n}) }
	}
	return func() {
		kernel.QuantiseRows(q2.RowResults{Packed: packed, Keys: keys}, q2.Rows{Data: advance(rows), Dtype: q2.FP32, Count: rows, N: n})
	}
}

// calibrate is how many calls make a sample.
func calibrate(call func(), sampleTime time.Duration) (calls int) {
	for calls = 1; ; calls *= 2 {
		began := time.Now()
		for range calls {
			call()
		}
		if time.Since(began) >= sampleTime {
			return calls
		}
	}
}

// timed is the time of one call, over many.
func timed(call func(), calls int) loop {
	return func() float64 {
		began := time.Now()
		for range calls {
			call()
		}
		return float64(time.Since(began).Nanoseconds()) / float64(calls)
	}
}

// allocations is how many objects a call leaves on the Go heap: the least of a few tries, for other goroutines allocate too.
func allocations(call func()) float64 {
	const tries, calls = 3, 20
	least := -1.0
	for range tries {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			call()
		}
		runtime.ReadMemStats(&after)
		if each := float64(after.Mallocs-before.Mallocs) / calls; least < 0 || each < least {
			least = each
		}
	}
	return least
}
