package arena_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

// statm is a column of /proc/self/statm in bytes: 0 is what is mapped, 1 what is in RAM.
func statm(t testing.TB, column int) int {
	text, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(text))[column])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}

func mappedBytes(t testing.TB) int   { return statm(t, 0) }
func residentBytes(t testing.TB) int { return statm(t, 1) }

// areaOf is what the kernel says of the mapping that holds an address: the sizes in /proc/self/smaps in KiB, and its flags.
func areaOf(t *testing.T, at uintptr) (kib map[string]int, flags []string) {
	text, err := os.ReadFile("/proc/self/smaps")
	require.NoError(t, err)
	inside := false
	kib = map[string]int{}
	for line := range strings.Lines(string(text)) {
		var from, to uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
			inside = from <= at && at < to
		}
		name, value, found := strings.Cut(line, ":")
		if !inside || !found {
			continue
		}
		if name == "VmFlags" {
			flags = strings.Fields(value)
		}
		var size int
		if n, _ := fmt.Sscanf(value, "%d kB", &size); n == 1 {
			kib[name] = size
		}
	}
	require.NotEmpty(t, flags, "no mapping at %#x", at)
	return kib, flags
}

// The kernel's own books, not the arena's word: memory is taken as leases are used, all of it when it is locked.
func TestWhatTheKernelSaysOfTheMemory(t *testing.T) {
	const size = 4 << 20
	plain := newArena(t, arena.Options{Leases: 4, LeaseBytes: size})
	l := take(t, plain)
	b := bytesOf(t, l)
	for i := range b {
		b[i] = 1
	}
	kib, flags := areaOf(t, address(b))
	assert.InDelta(t, size>>10, kib["Rss"], 64, "one lease of four was used")
	assert.NotContains(t, flags, "lo")
	assert.NotContains(t, flags, "hg")
	require.NoError(t, l.Release())

	locked := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64 << 10, Lock: arena.LockRequired})
	l = take(t, locked)
	kib, flags = areaOf(t, address(bytesOf(t, l)))
	assert.Contains(t, flags, "lo")
	assert.Equal(t, kib["Size"], kib["Rss"])
	assert.Equal(t, locked.Stats().LockedBytes, 64<<10+debugGuard)
	require.NoError(t, l.Release())
}

// Huge pages are a machine's setting. Where they are on, the kernel backs the memory with them; where not, Stats says why.
func TestHugePages(t *testing.T) {
	const size = 8 << 20
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: size, HugePages: true})
	s := a.Stats()
	l := take(t, a)
	b := bytesOf(t, l)
	for i := range b {
		b[i] = 1
	}
	kib, flags := areaOf(t, address(b))
	enabled, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(enabled), "[never]") {
		assert.Zero(t, s.HugePageSize)
		assert.ErrorIs(t, s.HugePageError, arena.ErrNoHugePages)
		assert.Zero(t, kib["AnonHugePages"])
	} else {
		assert.NoError(t, s.HugePageError)
		assert.Contains(t, flags, "hg", "the advice was taken")
		assert.Zero(t, s.UsableBytes%s.HugePageSize)
		assert.GreaterOrEqual(t, kib["AnonHugePages"]<<10, size/2, "free memory may be in pieces, but not all of it")
	}
	require.NoError(t, l.Release())

	s = newArena(t, arena.Options{Leases: 1, LeaseBytes: 1}).Stats()
	assert.Zero(t, s.HugePageSize)
	assert.NoError(t, s.HugePageError)
}
