//go:build !q2debug

package arena_test

const debugGuard = 0
