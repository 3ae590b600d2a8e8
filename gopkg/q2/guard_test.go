//go:build unix

package q2_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/q2"
)

// guarded is memory between two inaccessible pages: a byte too far in either direction is a fault.
type guarded struct{ pages []byte }

func newGuarded(t *testing.T, size int) guarded {
	t.Helper()
	page := unix.Getpagesize()
	size = (size + page - 1) / page * page
	whole, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(whole)) })
	require.NoError(t, unix.Mprotect(whole[page:page+size], unix.PROT_READ|unix.PROT_WRITE))
	return guarded{whole[page : page+size]}
}

// at is a buffer of exactly size bytes, against the page that follows or the one that goes before.
func (g guarded) at(end bool, size int) []byte {
	if end {
		return g.pages[len(g.pages)-size:]
	}
	return g.pages[:size:size]
}

// fill writes a canary over all of the memory.
func (g guarded) fill(canary byte) {
	for i := range g.pages {
		g.pages[i] = canary
	}
}

// only checks that all but a buffer still holds the canary.
func (g guarded) only(t *testing.T, buffer []byte, canary byte) {
	t.Helper()
	from := int(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))) - uintptr(unsafe.Pointer(unsafe.SliceData(g.pages))))
	others := append(bytes.Clone(g.pages[:from]), g.pages[from+len(buffer):]...)
	require.Equal(t, len(others), bytes.Count(others, []byte{canary}), "written outside the buffer")
}

func TestQuantiseStaysWithinItsBuffers(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(9, 10))
		input, output := newGuarded(t, 4*1025), newGuarded(t, 1025)
		for _, n := range lengthsUpTo(1025) {
			for _, dtype := range dtypes {
				if !evenForQ4(dtype, n) {
					continue
				}
				data := randomRow(random, dtype, n)
				for i, canary := range []byte{0x00, 0xff} {
					end := (n+i)%2 == 0
					row, packed := input.at(end, len(data)), output.at(end, q2.PackedLen(n))
					output.fill(canary)
					copy(row, data)
					quantisesLikeReference(t, k, packed, row, n, dtype)
					output.only(t, packed, canary)
					require.True(t, bytes.Equal(data, row), "the input was written to")
				}
			}
		}
	})
}

func TestQuantiseRowsStaysWithinItsBuffers(t *testing.T) {
	const count = 9
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(11, 12))
		input, output := newGuarded(t, count*(4*300+24)), newGuarded(t, count*(75+5))
		for _, n := range lengthsUpTo(300) {
			for i, dtype := range dtypes {
				if !evenForQ4(dtype, n) {
					continue
				}
				end := (n+i)%2 == 0
				rowBytes, codeBytes := dtype.RowBytes(n), q2.PackedLen(n)
				stride, codeStride := rowBytes+n%25, codeBytes+n%6
				rows := input.at(end, (count-1)*stride+rowBytes)
				packed := output.at(end, (count-1)*codeStride+codeBytes)
				canary := []byte{0x00, 0xff}[n/2%2]
				input.fill(0xff) // a NaN, if what lies between rows were read
				for j := range count {
					copy(rows[j*stride:], randomRow(random, dtype, n))
				}
				output.fill(canary)
				require.NoError(t, k.QuantiseRows(q2.RowResults{Packed: packed, Stride: codeStride},
					q2.Rows{Data: rows, Dtype: dtype, Count: count, N: n, Stride: stride}))
				output.only(t, packed, canary)
				for j := range count - 1 {
					gap := packed[j*codeStride+codeBytes : (j+1)*codeStride]
					require.Equal(t, len(gap), bytes.Count(gap, []byte{canary}), "written between rows")
				}
			}
		}
	})
}

func TestDistancesStayWithinTheirBuffers(t *testing.T) {
	const count = 9
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(13, 14))
		queries, stored, results := newGuarded(t, 260), newGuarded(t, count*264), newGuarded(t, 4*count)
		for _, n := range lengthsUpTo(1025) {
			end, size := n%2 == 0, q2.PackedLen(n)
			stride := size + n%5
			query, codes := queries.at(end, size), stored.at(end, (count-1)*stride+size)
			copy(query, randomRow(random, q2.Q2, n))
			copy(codes, randomBytes(random, len(codes)))
			results.fill(0x5a)
			out := results.at(end, 4*count)
			distances := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(out))), count)
			require.NoError(t, k.LeeDistances(distances, query, q2.Codes{Data: codes, Count: count, N: n, Stride: stride}))
			results.only(t, out, 0x5a)
			for i := range count {
				want, err := k.LeeDistance(query, codes[i*stride:], n)
				require.NoError(t, err)
				require.EqualValues(t, want, distances[i])
			}
			ids, near := make([]uint64, 3), make([]uint32, 3)
			found, err := k.LeeNearest(ids, near, query, q2.Codes{Data: codes, Count: count, N: n, Stride: stride})
			require.NoError(t, err)
			require.Equal(t, 3, found)
		}
	})
}
