//go:build linux || darwin || freebsd

package cli

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// arenaWanted holds the hidden states of a long text: 4096 tokens of 4096 dimensions in fp32.
const arenaWanted = 64 << 20

// memoryFindings say how much memory this user may lock, which pins the arena to RAM.
func memoryFindings() []finding {
	f := finding{Area: "memory", Name: "lock limit", OK: true}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		f.Value, f.OK = err.Error(), false
		return []finding{f}
	}
	switch {
	case limit.Cur == unix.RLIM_INFINITY:
		f.Value = "none"
	case unix.Geteuid() == 0:
		f.Value = fmt.Sprintf("%d KiB (root may pass it)", limit.Cur/1024)
	default:
		f.Value = fmt.Sprintf("%d KiB", limit.Cur/1024)
		if limit.Cur < arenaWanted {
			f.Remedy = "memory beyond it cannot be pinned to RAM; raise it with ulimit -l, or LimitMEMLOCK= in a systemd service"
		}
	}
	return []finding{f}
}
