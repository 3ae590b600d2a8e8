//go:build !linux

package arena

import (
	"fmt"
	"runtime"
)

func hugePageSize() (int, error) {
	return 0, fmt.Errorf("%w: an arena takes them on linux only, not on %s", ErrNoHugePages, runtime.GOOS)
}

func adviseHugePages([]byte) error { return ErrNoHugePages }
