package bench

import "iter"

// inOrder goes through instruction sets, the best first.
func inOrder(missing map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, isa := range []string{"avx512", "avx2", "neon", "scalar"} {
			if reason, known := missing[isa]; known && !yield(isa, reason) {
				return
			}
		}
	}
}

// bestISA is what the cgo backend chooses here; empty without it.
func bestISA() string {
	for isa, missing := range inOrder(isas()) {
		if missing == "" {
			return isa
		}
	}
	return ""
}
