package bench

import "slices"

// loop runs once and returns what it measured, in nanoseconds for a unit of work of its own choice.
type loop func() float64

// interleave runs the loops by turns, A B C A B C, and returns the figures of each loop, a round a figure. What disturbs the
// machine for a while disturbs all of them.
func interleave(rounds int, loops []loop) [][]float64 {
	times := make([][]float64, len(loops))
	for range rounds {
		for i, run := range loops {
			times[i] = append(times[i], run())
		}
	}
	return times
}

// turns is how often each loop is measured on rows that are hot, before the median is taken.
const turns = 5

// hotMeans measures loops on one set of rows after another: each set is first gone through once, so that it is in the cache,
// and then by turns. It returns each loop's mean over the sets, of its median in each.
func hotMeans(sets int, loopsOf func(set int) []loop) []float64 {
	var means []float64
	for set := range sets {
		loops := loopsOf(set)
		if means == nil {
			means = make([]float64, len(loops))
		}
		interleave(1, loops)
		for i, times := range interleave(turns, loops) {
			means[i] += median(times) / float64(sets)
		}
	}
	return means
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// fastest is the index of the series with the least median.
func fastest(series [][]float64) int {
	best := 0
	for i := range series {
		if median(series[i]) < median(series[best]) {
			best = i
		}
	}
	return best
}

// Spread is a median with the least and the greatest of what it was taken from.
type Spread struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func spreadOf(values []float64) Spread {
	return Spread{median(values), slices.Min(values), slices.Max(values)}
}

// ratio is a over b, round by round.
func ratio(a, b []float64) Spread {
	quotients := make([]float64, len(a))
	for i := range a {
		quotients[i] = a[i] / b[i]
	}
	return spreadOf(quotients)
}
