package bench

import (
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

const (
	referenceDim = 4096
	referenceBar = 20
)

// referenceGroup measures the best kernel, called from Go, against plain Go as it first was and as it is now.
func (r *run) referenceGroup() error {
	kernel, err := q2.Open("", "")
	if err != nil {
		return err
	}
	first := Bar{Name: "reference/first", Unit: "times as fast as the first plain Go", Limit: referenceBar}
	now := Bar{Name: "reference/now", Unit: "times as fast as gopkg/reference now"}
	if kernel.Backend() == "go" {
		first.Missing = "no native kernel here"
		now.Missing = first.Missing
		r.add(first)
		r.add(now)
		return nil
	}
	first.Why = whySlow(kernel.ISA())
	h, err := newHotSets(placeL2, referenceDim, q2.FP32, r.Quick)
	if err != nil {
		return err
	}
	defer h.free()
	times := make([][]float64, 3)
	for range r.rounds() {
		for i, mean := range hotMeans(h.sets, func(set int) []loop { return h.inGo(set, kernel) }) {
			times[i] = append(times[i], mean)
		}
	}
	for i, b := range []Bar{first, now} {
		b.Spread = ratio(times[1+i], times[0])
		b.Detail = fmt.Sprintf("%s %.0f ns, plain Go %.0f ns", kernel, median(times[0]), median(times[1+i]))
		r.add(b)
	}
	return nil
}

// inGo are three loops over one set, timed in Go: the kernel, the first plain Go, and plain Go as it is.
func (h *hotSets) inGo(set int, kernel *q2.Kernel) []loop {
	rows, packed := h.set(set), make([]byte, q2.PackedLen(h.n))
	each := func(passes int, work func(row []byte)) loop {
		return func() float64 {
			began := time.Now()
			for range passes {
				for i := range h.rows {
					work(rows[i*h.bytes:][:h.bytes])
				}
			}
			return float64(time.Since(began).Nanoseconds()) / float64(passes*h.rows)
		}
	}
	return []loop{
		each(20, func(row []byte) { kernel.Quantise(packed, q2.Tensor{Data: row, Dtype: h.dtype, SeqLen: 1, N: h.n}) }),
		each(1, func(row []byte) { firstPlain(packed, row, h.n) }),
		each(1, func(row []byte) { reference.Quantise(packed, row, 1, h.n, reference.FP32) }),
	}
}
