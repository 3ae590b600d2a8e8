//go:build unix && !aix && !solaris

package arena

import "golang.org/x/sys/unix"

const lockLimitName = "RLIMIT_MEMLOCK, ulimit -l"

func lockLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil || limit.Cur == unix.RLIM_INFINITY {
		return NoLimit
	}
	return uint64(limit.Cur)
}
