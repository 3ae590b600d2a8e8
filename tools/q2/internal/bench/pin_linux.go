package bench

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// pin keeps the calling goroutine on one core until release is called. core < 0 takes the last one that this process may
// use: the first ones are where interrupts and other programs tend to be.
func pin(core int) (pinned int, release func(), err error) {
	var allowed unix.CPUSet
	runtime.LockOSThread()
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		runtime.UnlockOSThread()
		return 0, nil, fmt.Errorf("ask for the cores this process may use: %w", err)
	}
	if core < 0 {
		core = last(&allowed)
	}
	var one unix.CPUSet
	one.Set(core)
	if !allowed.IsSet(core) {
		runtime.UnlockOSThread()
		return 0, nil, fmt.Errorf("core %d: this process may use %s", core, list(&allowed))
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		runtime.UnlockOSThread()
		return 0, nil, fmt.Errorf("stay on core %d: %w", core, err)
	}
	return core, func() {
		unix.SchedSetaffinity(0, &allowed)
		runtime.UnlockOSThread()
	}, nil
}

const mostCores = 1024 // of a CPUSet

func last(set *unix.CPUSet) int {
	for core := mostCores - 1; core > 0; core-- {
		if set.IsSet(core) {
			return core
		}
	}
	return 0
}

// list is the set in words: "cores 0 1 6".
func list(set *unix.CPUSet) string {
	text := "cores"
	for core := range mostCores {
		if set.IsSet(core) {
			text += fmt.Sprintf(" %d", core)
		}
	}
	return text
}
