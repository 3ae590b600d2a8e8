//go:build unix && !aix && !solaris

package arena_test

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/arena"
)

const (
	ordinaryChild = "Q2_TEST_ORDINARY_USER"
	nobody        = 65534
	lockLimit     = 64 << 10
)

// Locking never fails for root, so a child that gives up its rights tries it, with a limit on locked memory of 64 KiB.
func TestLockingAsAnOrdinaryUser(t *testing.T) {
	if os.Getenv(ordinaryChild) != "" {
		becomeOrdinary(t)
		t.Run("best effort", bestEffortWithinTheLimit)
		t.Run("best effort beyond the limit", bestEffortBeyondTheLimit)
		t.Run("required", requiredLock)
		t.Run("no limit at all", lockWithoutRights)
		t.Log("ordinary user: done")
		return
	}
	child := exec.Command(os.Args[0], "-test.v", "-test.run=^TestLockingAsAnOrdinaryUser$")
	child.Env = append(os.Environ(), ordinaryChild+"=1")
	out, err := child.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "ordinary user: done")
}

func becomeOrdinary(t *testing.T) {
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: lockLimit, Max: lockLimit}))
	if os.Getuid() == 0 {
		require.NoError(t, syscall.Setgroups(nil))
		require.NoError(t, syscall.Setgid(nobody))
		require.NoError(t, syscall.Setuid(nobody))
	}
	require.NotZero(t, os.Geteuid())
}

func bestEffortWithinTheLimit(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 4, LeaseBytes: 8 << 10, Lock: arena.LockBestEffort})
	s := a.Stats()
	assert.Equal(t, s.UsableBytes, s.LockedBytes)
	assert.Nil(t, s.LockError)
	require.NoError(t, a.Close())
	assert.Zero(t, a.Stats().LockedBytes)
	b := newArena(t, arena.Options{Leases: 4, LeaseBytes: 8 << 10, Lock: arena.LockRequired})
	assert.Equal(t, s.UsableBytes, b.Stats().LockedBytes, "closing the first gave its share back")
}

func bestEffortBeyondTheLimit(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 4, LeaseBytes: 1 << 20, Lock: arena.LockBestEffort})
	s := a.Stats()
	assert.Zero(t, s.LockedBytes)
	require.NotNil(t, s.LockError)
	assert.Equal(t, uint64(lockLimit), s.LockError.Limit)
	assert.Equal(t, s.UsableBytes, s.LockError.Bytes)
	assertErrno(t, s.LockError, syscall.ENOMEM)
	assert.ErrorContains(t, s.LockError, "this process may lock 65536 bytes (RLIMIT_MEMLOCK, ulimit -l)")
	l := take(t, a) // life goes on
	bytesOf(t, l)[1<<20-1] = 1
	require.NoError(t, l.Release())
}

func requiredLock(t *testing.T) {
	before := mappedBytes(t)
	for range 100 {
		_, err := arena.New(arena.Options{Leases: 4, LeaseBytes: 1 << 20, Lock: arena.LockRequired})
		var lock *arena.LockError
		require.ErrorAs(t, err, &lock)
		assert.Equal(t, uint64(lockLimit), lock.Limit)
		assertErrno(t, err, syscall.ENOMEM)
	}
	assert.Less(t, mappedBytes(t), before+100<<20, "a refused arena leaves nothing mapped: a hundred would be 400 MiB")
}

// lockWithoutRights is the other way to fail: with a limit of nothing the system says that it is not permitted.
func lockWithoutRights(t *testing.T) {
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{}))
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 1, Lock: arena.LockBestEffort})
	require.NotNil(t, a.Stats().LockError)
	assert.Zero(t, a.Stats().LockError.Limit)
	assertErrno(t, a.Stats().LockError, syscall.EPERM)
}

// assertErrno holds an error against Linux's number for it; elsewhere any number will do.
func assertErrno(t *testing.T, err error, linux syscall.Errno) {
	var errno syscall.Errno
	require.ErrorAs(t, err, &errno)
	if runtime.GOOS == "linux" {
		assert.Equal(t, linux, errno)
	}
}

func TestNoLimitIsSaid(t *testing.T) {
	err := &arena.LockError{Bytes: 4096, Limit: arena.NoLimit, Errno: syscall.ENOSYS}
	assert.EqualError(t, err, "arena: locking 4096 bytes in RAM: "+syscall.ENOSYS.Error()+"; no limit is set")
}

func TestLockIsOffByDefault(t *testing.T) {
	s := newArena(t, arena.Options{Leases: 1, LeaseBytes: 1}).Stats()
	assert.Zero(t, s.LockedBytes)
	assert.Nil(t, s.LockError)
}
