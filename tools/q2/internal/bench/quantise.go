package bench

import (
	"fmt"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Rows are hot in one of two caches: sets of 16 KiB stay in L1, sets of 256 KiB in L2 of what is sold today.
const (
	placeL1 = 16 << 10
	placeL2 = 256 << 10
)

// normBars are the limits on quantise + key, as a multiple of the wide norm.
var normBars = []struct {
	n          int
	limit, aim float64
}{{384, 7, 4.5}, {1024, 6, 4.5}, {4096, 6, 4.5}}

func (r *run) quantiseGroup() error {
	for _, isa := range []string{"avx512", "avx2"} {
		for _, bar := range normBars {
			for _, place := range []int{placeL1, placeL2} {
				b := Bar{Name: fmt.Sprintf("quantise/%s/n=%d", isa, bar.n), Unit: "times the wide norm", Limit: bar.limit, Aim: bar.aim, AtMost: true, Why: whySlow(isa)}
				if place == placeL2 { // the yardstick is slower there, and the limit easier: for information
					b.Name, b.Limit, b.Aim = b.Name+"/L2", 0, 0
				}
				if err := r.againstNorm(b, isa, bar.n, place); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// againstNorm measures quantise + key and each wide norm on the same hot rows.
func (r *run) againstNorm(b Bar, isa string, n, place int) error {
	if b.Missing = lacking(isa); b.Missing != "" {
		r.add(b)
		return nil
	}
	if err := use(isa); err != nil {
		return err
	}
	h, err := newHotSets(place, n, q2.FP32, r.Quick)
	if err != nil {
		return err
	}
	defer h.free()
	times := make([][]float64, 1+normVariants())
	for range r.rounds() {
		means := hotMeans(h.sets, func(set int) []loop {
			loops := []loop{h.quantise(set)}
			for variant := range normVariants() {
				loops = append(loops, h.norm(set, variant))
			}
			return loops
		})
		for i, mean := range means {
			times[i] = append(times[i], mean)
		}
	}
	norm := times[1:][fastest(times[1:])]
	b.Spread = ratio(times[0], norm)
	b.Detail = fmt.Sprintf("%.1f ns, wide norm %.1f ns", median(times[0]), median(norm))
	r.add(b)
	return nil
}

// dtypeBars are the limits on the other element types, as a multiple of fp32.
var dtypeBars = []struct {
	dtype q2.Dtype
	limit float64
}{{q2.BF16, 1.2}, {q2.Q8, 1.5}, {q2.Q4, 1.5}, {q2.FP16, 2}, {q2.Q2, 0}}

const dtypeDim = 4096

func (r *run) dtypesGroup() error {
	for _, isa := range []string{"avx512", "avx2", "neon"} {
		if isas()[isa] != "" || noLoops != "" {
			r.add(Bar{Name: "dtypes/" + isa, Unit: "times fp32", AtMost: true, Missing: lacking(isa)})
			continue
		}
		if _, known := isas()[isa]; !known {
			continue
		}
		for _, bar := range dtypeBars {
			b := Bar{Name: fmt.Sprintf("dtypes/%s/%s", isa, bar.dtype), Unit: "times fp32", Limit: bar.limit, AtMost: true}
			if err := r.againstFP32(b, isa, bar.dtype); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) againstFP32(b Bar, isa string, dtype q2.Dtype) error {
	if err := use(isa); err != nil {
		return err
	}
	other, err := newHotSets(placeL1, dtypeDim, dtype, r.Quick)
	if err != nil {
		return err
	}
	defer other.free()
	fp32, err := newHotSets(placeL1, dtypeDim, q2.FP32, r.Quick)
	if err != nil {
		return err
	}
	defer fp32.free()
	var times, yardstick []float64
	for range r.rounds() {
		means := hotMeans(fp32.sets, func(set int) []loop { return []loop{other.quantise(set), fp32.quantise(set)} })
		times, yardstick = append(times, means[0]), append(yardstick, means[1])
	}
	b.Spread = ratio(times, yardstick)
	b.Detail = fmt.Sprintf("%.1f ns, fp32 %.1f ns", median(times), median(yardstick))
	r.add(b)
	return nil
}

// fallbackBar is the limit on the share of Gaussian rows at n = 4096.
const (
	fallbackDim = 4096
	fallbackBar = 0.08
)

func (r *run) fallbackGroup() error {
	for _, isa := range []string{"avx512", "avx2", "neon"} {
		reason, known := isas()[isa]
		if !known || reason != "" || noLoops != "" {
			continue // no rows of its own: the group quantise says why
		}
		for _, n := range []int{384, 1024, 4096, 16384} {
			if err := r.fallbacks(isa, n); err != nil {
				return err
			}
		}
	}
	if noLoops != "" {
		r.add(Bar{Name: "fallback", Unit: "of the rows", Limit: fallbackBar, AtMost: true, Missing: noLoops})
	}
	return nil
}

// fallbacks counts over fresh rows; each round is a sample of its own.
func (r *run) fallbacks(isa string, n int) error {
	if err := use(isa); err != nil {
		return err
	}
	count := 2000
	if r.Quick {
		count = 50
	}
	rows, _, free, err := offHeap(count * 4 * n)
	if err != nil {
		return err
	}
	defer free()
	var undecided, pinned []float64
	for round := range r.rounds() {
		gaussian(rows, q2.FP32, uint64(n+round))
		first, last := countFallbacks(rows, count, n)
		undecided, pinned = append(undecided, float64(first)/float64(count)), append(pinned, float64(last)/float64(count))
	}
	b := Bar{Name: fmt.Sprintf("fallback/%s/n=%d", isa, n), Unit: "of the rows", AtMost: true, Spread: spreadOf(pinned)}
	if n == fallbackDim {
		b.Limit = fallbackBar
	}
	b.Detail = fmt.Sprintf("first bounds leave %.2f%% undecided; pinned in the end %.2f%% of %d rows", 100*mean(undecided), 100*mean(pinned), count*r.rounds())
	b.Value = mean(pinned)
	r.add(b)
	return nil
}

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}
