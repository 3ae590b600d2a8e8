//go:build !linux

package bench

import (
	"fmt"
	"runtime"
)

// pin cannot choose a core here; it keeps to one thread, and says -1.
func pin(core int) (pinned int, release func(), err error) {
	if core >= 0 {
		return 0, nil, fmt.Errorf("core %d: a core can be chosen on Linux only", core)
	}
	runtime.LockOSThread()
	return -1, runtime.UnlockOSThread, nil
}
