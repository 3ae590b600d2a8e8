// Package keyrange says which keys are near a key: as ranges of numbers, since keys sort as their symbols do.
package keyrange

import "math"

// Symbols is how many symbols a key holds.
const Symbols = 32

// Window is the range of keys at most 4^(32−j) − 1 from the key, 1 ≤ j ≤ 32. It ends at 0 and at 2^64 − 1.
func Window(key uint64, j int) (low, high uint64) {
	h := rest(j)
	return key - min(key, h), key + min(math.MaxUint64-key, h)
}

// Prefix is the range of keys that share the first j symbols with the key, 1 ≤ j ≤ 32. A key of fewer symbols counts as continued by
// A, as in its bits.
func Prefix(key uint64, j int) (low, high uint64) { return key &^ rest(j), key | rest(j) }

// rest has the bits of the symbols after the first j.
func rest(j int) uint64 { return uint64(1)<<(2*(Symbols-j)) - 1 }
