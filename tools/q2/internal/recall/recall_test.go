package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// write makes a .npy matrix.
func write(t *testing.T, descr string, rows, columns int, data any) string {
	t.Helper()
	var file bytes.Buffer
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }\n", descr, rows, columns)
	file.WriteString("\x93NUMPY\x01\x00")
	require.NoError(t, binary.Write(&file, binary.LittleEndian, uint16(len(dictionary))))
	file.WriteString(dictionary)
	require.NoError(t, binary.Write(&file, binary.LittleEndian, data))
	name := filepath.Join(t.TempDir(), "matrix.npy")
	require.NoError(t, os.WriteFile(name, file.Bytes(), 0o600))
	return name
}

// loaded is a set of pairs: each vector's nearest neighbour by far is the one beside it.
func loaded(t *testing.T) *set {
	t.Helper()
	const count, n = 200, 32
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]float32, count*n)
	for i := 0; i < count; i += 2 {
		for d := range n {
			data[i*n+d] = float32(random.NormFloat64())
			data[(i+1)*n+d] = 3*data[i*n+d] + 0.05*float32(random.NormFloat64())
		}
	}
	s, err := load("pairs", write(t, "<f4", count, n, data))
	require.NoError(t, err)
	return s
}

func TestTruthIsByCosineAndWithoutTheQuery(t *testing.T) {
	s := loaded(t)
	require.Len(t, s.queries, 200)
	for i, query := range s.queries {
		require.Len(t, s.truth[i], neighbours)
		require.EqualValues(t, query^1, s.truth[i][0], "of three times the length, and in the same direction")
		require.NotContains(t, s.truth[i], int32(query))
	}
}

func TestRecallCountsWhatWasFound(t *testing.T) {
	s := loaded(t)
	require.InDelta(t, 1.0, s.recall(s.truth), 0)
	halves := make([][]int32, len(s.truth))
	for i, ids := range s.truth {
		halves[i] = ids[:5]
	}
	require.InDelta(t, 0.5, s.recall(halves), 1e-12)
	everything := make([][]int32, len(s.truth))
	for i := range everything {
		everything[i] = all(len(s.rows))
	}
	require.Equal(t, s.truth, s.rescored(everything, len(s.rows)), "rescored among all, the truth comes out")
}

func TestEveryRankingFindsThePair(t *testing.T) {
	s := loaded(t)
	rankings, err := s.rankings()
	require.NoError(t, err)
	require.Len(t, rankings, 5)
	for _, r := range rankings {
		for i, query := range s.queries {
			require.NotContains(t, r.found[i], int32(query), r.name)
			require.EqualValues(t, query^1, r.found[i][0], r.name)
		}
	}
}

func TestForeignNeighboursAreChecked(t *testing.T) {
	s := loaded(t)
	ids := make([]int64, 200*2)
	for i := range 200 {
		ids[2*i], ids[2*i+1] = int64(i), int64(i^1)
	}
	r, err := s.foreign("other=" + write(t, "<i8", 200, 2, ids))
	require.NoError(t, err)
	require.Equal(t, []int32{1}, r.found[0], "the query itself is left out")
	_, err = s.foreign("other=" + write(t, "<i8", 199, 2, ids[:398]))
	require.ErrorContains(t, err, "the neighbours of 199 queries, there are 200")
	ids[7] = 200
	_, err = s.foreign("other=" + write(t, "<i8", 200, 2, ids))
	require.ErrorContains(t, err, "names vector 200, there are 200")
	_, err = s.foreign("nothing")
	require.ErrorContains(t, err, `"nothing" is not NAME=FILE`)
	_, err = load("few", write(t, "<f4", 2, 4, make([]float32, 8)))
	require.ErrorContains(t, err, "holds 2 vectors, more than 100 are needed")
}
