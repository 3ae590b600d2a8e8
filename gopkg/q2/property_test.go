package q2_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/q2"
)

func draw(t *rapid.T) *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)) }

func drawDtype(t *rapid.T, n int) q2.Dtype {
	return rapid.SampledFrom(slices.DeleteFunc(slices.Clone(dtypes), func(d q2.Dtype) bool { return !evenForQ4(d, n) })).Draw(t, "dtype")
}

// A batch is its rows, one by one, wherever they lie and whichever of them are refused.
func TestQuantiseRowsIsQuantiseOfEachRow(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			n, count := rapid.IntRange(1, 600).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "count")
			dtype, random := drawDtype(t, n), draw(t)
			stride := dtype.RowBytes(n) + rapid.IntRange(0, 9).Draw(t, "gap")
			data := make([]byte, count*stride)
			for i := range count {
				row := data[i*stride:][:dtype.RowBytes(n)]
				copy(row, randomRow(random, dtype, n))
				if rapid.IntRange(0, 3).Draw(t, "spoilt") == 0 { // 0xff.. is a NaN of every floating type
					for j := range row[:min(4, len(row))] {
						row[j] = 0xff
					}
				}
			}
			dst := q2.RowResults{Packed: make([]byte, count*q2.PackedLen(n)), Keys: make([]uint64, count),
				Transitions: make([]uint32, count), Status: make([]q2.Status, count)}
			rows := q2.Rows{Data: data, Dtype: dtype, Count: count, N: n, Stride: stride}
			err := k.QuantiseRows(dst, rows)
			checkEachRow(t, k, dst, rows, err)

			// Without the optional outputs there are the same codes and the same error.
			bare := q2.RowResults{Packed: make([]byte, count*q2.PackedLen(n))}
			require.Equal(t, err, k.QuantiseRows(bare, rows))
			require.Equal(t, dst.Packed, bare.Packed)
		})
	})
}

func checkEachRow(t *rapid.T, k *q2.Kernel, dst q2.RowResults, rows q2.Rows, err error) {
	want := q2.RefusedRowsError{First: -1, Count: rows.Count}
	for i := range rows.Count {
		packed := make([]byte, q2.PackedLen(rows.N))
		key, rowErr := k.Quantise(packed, q2.Tensor{Data: rows.Data[i*rows.Stride:], Dtype: rows.Dtype, SeqLen: 1, N: rows.N})
		status := q2.StatusOK
		if rowErr != nil {
			require.ErrorIs(t, rowErr, q2.ErrNotFinite)
			status = q2.StatusNotFinite
			want.Refused++
			if want.First < 0 {
				want.First = i
			}
		}
		require.Equal(t, packed, dst.Packed[i*len(packed):][:len(packed)], "row %d", i)
		require.Equal(t, key, q2.TransitionKey{Bits: dst.Keys[i], Transitions: dst.Transitions[i]}, "row %d", i)
		require.Equal(t, status, dst.Status[i], "row %d", i)
	}
	if want.Refused == 0 {
		require.NoError(t, err)
		return
	}
	require.Equal(t, &want, err)
	require.ErrorIs(t, err, q2.ErrNotFinite)
}

func TestOnlyTheLastRowOfATensorCounts(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			n, seqLen := rapid.IntRange(1, 300).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "seq_len")
			dtype, random := drawDtype(t, n), draw(t)
			row := randomRow(random, dtype, n)
			tensor := append(bytes.Repeat([]byte{0xff}, (seqLen-1)*len(row)), row...) // NaNs before it
			if dtype == q2.Q2 {
				tensor = row
			}
			tensor = append(tensor, 0xff, 0xff, 0xff, 0xff) // and what lies behind is not read
			alone, last := make([]byte, q2.PackedLen(n)), make([]byte, q2.PackedLen(n))
			want, wantErr := k.Quantise(alone, q2.Tensor{Data: row, Dtype: dtype, SeqLen: 1, N: n})
			got, err := k.Quantise(last, q2.Tensor{Data: tensor, Dtype: dtype, SeqLen: seqLen, N: n})
			require.Equal(t, wantErr, err)
			require.Equal(t, want, got)
			require.Equal(t, alone, last)
		})
	})
}

func TestLeeDistanceIsAMetric(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(1, 5000).Draw(t, "n")
			random := draw(t)
			a, b, c := randomRow(random, q2.Q2, n), randomRow(random, q2.Q2, n), randomRow(random, q2.Q2, n)
			distance := func(x, y []byte) int {
				d, err := k.LeeDistance(x, y, n)
				require.NoError(t, err)
				return d
			}
			require.Zero(t, distance(a, a))
			require.Equal(t, distance(a, b), distance(b, a))
			require.LessOrEqual(t, distance(a, c), distance(a, b)+distance(b, c))
			complement := bytes.Clone(a)
			for i := range complement {
				complement[i] = ^complement[i]
			}
			require.Equal(t, 2*n, distance(a, complement))
			require.Equal(t, 2*n, distance(a, b)+distance(complement, b))
		})
	})
}

func TestNearestIsAStableSortOfDistances(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 700)).Draw(t, "n") // few dimensions make many ties
			count, wanted := rapid.IntRange(0, 200).Draw(t, "count"), rapid.IntRange(1, 220).Draw(t, "k")
			stride := q2.PackedLen(n) + rapid.IntRange(0, 3).Draw(t, "gap")
			random := draw(t)
			query, data := randomRow(random, q2.Q2, n), randomBytes(random, count*stride)
			codes := q2.Codes{Data: data, Count: count, N: n, Stride: stride}

			distances := make([]uint32, count)
			require.NoError(t, k.LeeDistances(distances, query, codes))
			order := make([]uint64, count)
			for i := range order {
				order[i] = uint64(i)
			}
			slices.SortStableFunc(order, func(a, b uint64) int { return int(distances[a]) - int(distances[b]) })

			ids, near := slices.Repeat([]uint64{77}, wanted), slices.Repeat([]uint32{78}, wanted)
			found, err := k.LeeNearest(ids, near, query, codes)
			require.NoError(t, err)
			require.Equal(t, min(wanted, count), found)
			require.Equal(t, order[:found], ids[:found])
			for i := range wanted {
				if i < found {
					require.Equal(t, distances[ids[i]], near[i])
				} else {
					require.Equal(t, []any{uint64(77), uint32(78)}, []any{ids[i], near[i]}, "written beyond what was found")
				}
			}
		})
	})
}

// Scaling a row by a power of two changes no symbol: S scales by its square, and nothing overflows or vanishes here.
func TestScaleDoesNotMatter(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			n, random := rapid.IntRange(1, 500).Draw(t, "n"), draw(t)
			factor := float32(math.Ldexp(1, rapid.IntRange(-10, 30).Draw(t, "exponent")))
			x, scaled := make([]float32, n), make([]float32, n)
			for d := range x {
				x[d] = float32(random.NormFloat64())
				scaled[d] = x[d] * factor
			}
			a, b := make([]byte, q2.PackedLen(n)), make([]byte, q2.PackedLen(n))
			keyA, err := k.Quantise(a, q2.Float32Row(x))
			require.NoError(t, err)
			keyB, err := k.Quantise(b, q2.Float32Row(scaled))
			require.NoError(t, err)
			require.Equal(t, a, b)
			require.Equal(t, keyA, keyB)
		})
	})
}
