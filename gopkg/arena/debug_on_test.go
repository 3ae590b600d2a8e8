//go:build q2debug

package arena_test

import "os"

// debugGuard is what a debug build adds to each lease.
var debugGuard = os.Getpagesize()
