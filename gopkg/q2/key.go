package q2

import (
	"fmt"
	"strings"
)

// TransitionKey is the order in which a code's symbols change (docs/SPEC.md section 6).
type TransitionKey struct {
	Bits        uint64 // the first 32 kept symbols, two bits each, the first one on top
	Transitions uint32 // how many symbols are kept in all; 1 to n
}

const keySymbols = 32

// Hex is the key as 16 lower-case hex digits.
func (k TransitionKey) Hex() string { return fmt.Sprintf("%016x", k.Bits) }

// String is the same as Hex.
func (k TransitionKey) String() string { return k.Hex() }

// Symbols is the key in the letters A (strongly negative), B, C, D (strongly positive): one for each kept symbol, at most 32.
func (k TransitionKey) Symbols() string { return k.spell("ABCD") }

// Bases is the key in the genetic reading of the same alphabet: G, A, C, T for A, B, C, D.
func (k TransitionKey) Bases() string { return k.spell("GACT") }

func (k TransitionKey) spell(alphabet string) string {
	var text strings.Builder
	for i := range min(k.Transitions, keySymbols) {
		text.WriteByte(alphabet[k.Bits>>(2*(keySymbols-1-i))&3])
	}
	return text.String()
}

// Fingerprint is all that Q² keeps of an activation.
type Fingerprint struct {
	Packed []byte // PackedLen(N) bytes
	Key    TransitionKey
	N      int // dimensions
}
