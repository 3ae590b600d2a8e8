//go:build !race && !asan

package arena_test

const (
	instrumented = false
	soakCycles   = 1_000_000
)
