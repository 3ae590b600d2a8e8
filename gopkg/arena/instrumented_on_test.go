//go:build race || asan

package arena_test

// The race detector and the address sanitiser are up to twenty times slower, and their own books grow with what they see.
const (
	instrumented = true
	soakCycles   = 100_000
)
