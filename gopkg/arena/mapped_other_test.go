//go:build unix && !aix && !solaris && !linux

package arena_test

import "testing"

// mappedBytes is known on linux only.
func mappedBytes(testing.TB) int { return 0 }
