package q2_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// outputs are the buffers of a call that must fail, filled so that a write shows.
type outputs struct {
	packed []byte
	long   []uint64
	word   []uint32
	status []q2.Status
}

func freshOutputs() *outputs {
	return &outputs{packed: []byte{0xee, 0xee}, long: []uint64{7, 7}, word: []uint32{7, 7}, status: []q2.Status{7, 7}}
}

type wrongCall struct {
	call func(k *q2.Kernel, out *outputs) error
	text string
}

func quantise(t q2.Tensor) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error {
		key, err := k.Quantise(out.packed, t)
		if key != (q2.TransitionKey{}) {
			out.long[0] = key.Bits
		}
		return err
	}
}

func quantiseRows(rows q2.Rows, edit func(*q2.RowResults)) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error {
		dst := q2.RowResults{Packed: out.packed, Keys: out.long, Transitions: out.word, Status: out.status}
		if edit != nil {
			edit(&dst)
		}
		return k.QuantiseRows(dst, rows)
	}
}

func distances(query []byte, codes q2.Codes) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error { return k.LeeDistances(out.word, query, codes) }
}

func nearest(ids, near int, query []byte, codes q2.Codes) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error {
		found, err := k.LeeNearest(make([]uint64, ids), out.word[:min(near, 2)], query, codes)
		out.long[0] += uint64(found)
		return err
	}
}

func wrongCalls() map[string]wrongCall {
	row := bytes.Repeat([]byte{1}, 16)
	fp32 := func(seqLen, n int) q2.Tensor { return q2.Tensor{Data: row, SeqLen: seqLen, N: n} }
	two := func(edit func(*q2.Rows)) q2.Rows {
		rows := q2.Rows{Data: row, Count: 2, N: 2}
		edit(&rows)
		return rows
	}
	same := func(*q2.Rows) {}
	return map[string]wrongCall{
		"zero tensor":       {quantise(q2.Tensor{}), "n is 0, must be 1 to 1048576"},
		"empty float32 row": {quantise(q2.Float32Row(nil)), "n is 0, must be 1 to 1048576"},
		"n negative":        {quantise(fp32(1, -4)), "n is -4, must be 1 to 1048576"},
		"n least int":       {quantise(fp32(1, math.MinInt)), "must be 1 to 1048576"},
		"n over the limit":  {quantise(fp32(1, q2.MaxDim+1)), "n is 1048577, must be 1 to 1048576"},
		"dtype":             {quantise(q2.Tensor{Data: row, Dtype: 6, SeqLen: 1, N: 4}), "dtype is 6, must be 0 to 5"},
		"dtype largest":     {quantise(q2.Tensor{Data: row, Dtype: math.MaxUint32, SeqLen: 1, N: 4}), "dtype is 4294967295"},
		"q4 with odd n":     {quantise(q2.Tensor{Data: row, Dtype: q2.Q4, SeqLen: 1, N: 3}), "n is 3, must be even for q4"},
		"seq_len zero":      {quantise(fp32(0, 4)), "sequence length is 0, must be at least 1"},
		"seq_len negative":  {quantise(fp32(-1, 4)), "sequence length is -1, must be at least 1"},
		"size overflows":    {quantise(fp32(math.MaxInt, 4)), "the size of the tensor overflows"},
		"tensor short":      {quantise(fp32(2, 4)), "length of tensor is 16, must be at least 32"},
		"tensor nil":        {quantise(q2.Tensor{Dtype: q2.Q2, N: 4}), "length of tensor is 0, must be at least 1"},
		"packed short":      {quantise(q2.Tensor{Data: row, Dtype: q2.Q8, SeqLen: 1, N: 9}), "length of packed is 2, must be at least 3"},
		"packed nil": {func(k *q2.Kernel, out *outputs) error {
			_, err := k.Quantise(nil, fp32(1, 4))
			return err
		}, "length of packed is 0, must be at least 1"},

		"rows n":               {quantiseRows(two(func(r *q2.Rows) { r.N = 0 }), nil), "n is 0"},
		"rows dtype":           {quantiseRows(two(func(r *q2.Rows) { r.Dtype = 9 }), nil), "dtype is 9"},
		"rows count negative":  {quantiseRows(two(func(r *q2.Rows) { r.Count = -1 }), nil), "count is -1, must be at least 0"},
		"rows stride":          {quantiseRows(two(func(r *q2.Rows) { r.Stride = 7 }), nil), "stride of rows is 7, must be at least 8 bytes"},
		"rows stride negative": {quantiseRows(two(func(r *q2.Rows) { r.Stride = -8 }), nil), "stride of rows is -8"},
		"rows short":           {quantiseRows(two(func(r *q2.Rows) { r.Stride = 9 }), nil), "length of rows is 16, must be at least 17"},
		"rows nil":             {quantiseRows(two(func(r *q2.Rows) { r.Data = nil }), nil), "length of rows is 0"},
		"rows overflow":        {quantiseRows(two(func(r *q2.Rows) { r.Count = math.MaxInt }), nil), "the size of rows overflows"},
		"rows stride overflow": {quantiseRows(two(func(r *q2.Rows) { r.Stride = math.MaxInt }), nil), "the size of rows overflows"},
		"rows packed stride": {quantiseRows(q2.Rows{Data: row, Dtype: q2.Q8, Count: 1, N: 8}, func(d *q2.RowResults) { d.Stride = 1 }),
			"stride of packed is 1, must be at least 2 bytes"},
		"rows packed short":      {quantiseRows(two(same), func(d *q2.RowResults) { d.Stride = 2 }), "length of packed is 2, must be at least 3"},
		"rows packed nil":        {quantiseRows(two(same), func(d *q2.RowResults) { d.Packed = nil }), "length of packed is 0"},
		"rows keys short":        {quantiseRows(two(same), func(d *q2.RowResults) { d.Keys = d.Keys[:1] }), "length of keys is 1, must be at least 2"},
		"rows transitions short": {quantiseRows(two(same), func(d *q2.RowResults) { d.Transitions = d.Transitions[:1] }), "length of transitions is 1"},
		"rows status empty":      {quantiseRows(two(same), func(d *q2.RowResults) { d.Status = d.Status[:0] }), "length of status is 0"},

		"key n": {func(k *q2.Kernel, out *outputs) error { _, err := k.Key(out.packed, 0); return err }, "n is 0"},
		"key short": {func(k *q2.Kernel, out *outputs) error { _, err := k.Key(out.packed, 9); return err },
			"length of packed is 2, must be at least 3"},
		"key nil": {func(k *q2.Kernel, out *outputs) error { _, err := k.Key(nil, 1); return err }, "length of packed is 0"},
		"distance n": {func(k *q2.Kernel, out *outputs) error { _, err := k.LeeDistance(row, row, q2.MaxDim+1); return err },
			"n is 1048577"},
		"distance a short": {func(k *q2.Kernel, out *outputs) error { _, err := k.LeeDistance(row[:2], row, 9); return err },
			"length of a is 2, must be at least 3"},
		"distance b short": {func(k *q2.Kernel, out *outputs) error { _, err := k.LeeDistance(row, row[:2], 9); return err },
			"length of b is 2, must be at least 3"},

		"distances n":           {distances(row, q2.Codes{Data: row, Count: 1}), "n is 0"},
		"distances query short": {distances(row[:2], q2.Codes{Data: row, Count: 1, N: 9}), "length of query is 2, must be at least 3"},
		"distances count":       {distances(row, q2.Codes{Data: row, Count: -2, N: 4}), "count is -2"},
		"distances stride":      {distances(row, q2.Codes{Data: row, Count: 2, N: 8, Stride: 1}), "stride of codes is 1"},
		"distances codes short": {distances(row, q2.Codes{Data: row, Count: 2, N: 8, Stride: 15}), "length of codes is 16, must be at least 17"},
		"distances overflow":    {distances(row, q2.Codes{Data: row, Count: math.MaxInt, N: 8}), "the size of codes overflows"},
		"distances short":       {distances(row, q2.Codes{Data: row, Count: 3, N: 4}), "length of distances is 2, must be at least 3"},

		"nearest k zero":          {nearest(0, 2, row, q2.Codes{Data: row, Count: 2, N: 4}), "k, the length of ids, is 0, must be 1 to 4096"},
		"nearest k over":          {nearest(4097, 2, row, q2.Codes{Data: row, Count: 2, N: 4}), "k, the length of ids, is 4097"},
		"nearest k zero, empty":   {nearest(0, 0, row, q2.Codes{N: 4}), "k, the length of ids, is 0"},
		"nearest distances short": {nearest(2, 1, row, q2.Codes{Data: row, Count: 2, N: 4}), "length of distances is 1, must be at least 2"},
		"nearest codes nil":       {nearest(2, 2, row, q2.Codes{Count: 1, N: 4}), "length of codes is 0, must be at least 1"},

		"many n":               {nearestMany(2, 2, 1, q2.Codes{Data: row, Count: 1, N: 4}, q2.Codes{Data: row, Count: 2}), "n is 0"},
		"many n of queries":    {nearestMany(2, 2, 1, q2.Codes{Data: row, Count: 1, N: 8}, q2.Codes{Data: row, Count: 2, N: 4}), "n of queries is 8, must be 4"},
		"many queries short":   {nearestMany(2, 2, 1, q2.Codes{Data: row, Count: 17, N: 4}, q2.Codes{Data: row, Count: 2, N: 4}), "length of queries is 16, must be at least 17"},
		"many queries stride":  {nearestMany(2, 2, 1, q2.Codes{Data: row, Count: 2, N: 8, Stride: 1}, q2.Codes{Data: row, Count: 2, N: 8}), "stride of queries is 1"},
		"many codes short":     {nearestMany(2, 2, 1, q2.Codes{Data: row, Count: 1, N: 4}, q2.Codes{Data: row, Count: 17, N: 4}), "length of codes is 16"},
		"many k zero":          {nearestMany(2, 2, 0, q2.Codes{Data: row, Count: 1, N: 4}, q2.Codes{Data: row, Count: 2, N: 4}), "perQuery is 0, must be 1 to 4096"},
		"many k over":          {nearestMany(2, 2, 4097, q2.Codes{N: 4}, q2.Codes{N: 4}), "perQuery is 4097"},
		"many ids short":       {nearestMany(1, 2, 1, q2.Codes{Data: row, Count: 2, N: 4}, q2.Codes{Data: row, Count: 2, N: 4}), "length of ids is 1, must be at least 2"},
		"many distances short": {nearestMany(2, 1, 1, q2.Codes{Data: row, Count: 2, N: 4}, q2.Codes{Data: row, Count: 2, N: 4}), "length of distances is 1, must be at least 2"},

		"dot query n":       {dotQuery(2, nil), "n is 0, must be 1 to 1048576"},
		"dot query n over":  {dotQuery(2, make([]float32, q2.MaxDim+1)), "n is 1048577"},
		"dot query short":   {dotQuery(2, make([]float32, 3)), "length of dst is 2, must be at least 3"},
		"dot n":             {dot(2, row, 0), "n is 0"},
		"dot short query":   {dot(2, row, 3), "length of query is 2, must be at least 3"},
		"dot short code":    {dot(5, row[:1], 5), "length of code is 1, must be at least 2"},
		"dot nearest k":     {dotNearest(0, 2, 4, q2.Codes{Data: row, Count: 2, N: 4}), "k, the length of ids, is 0"},
		"dot nearest query": {dotNearest(1, 2, 3, q2.Codes{Data: row, Count: 2, N: 4}), "length of query is 3, must be at least 4"},
		"dot nearest score": {dotNearest(2, 1, 4, q2.Codes{Data: row, Count: 2, N: 4}), "length of scores is 1, must be at least 2"},
		"dot nearest codes": {dotNearest(1, 1, 4, q2.Codes{Data: row, Count: 17, N: 4}), "length of codes is 16"},
	}
}

func nearestMany(ids, near, perQuery int, queries, codes q2.Codes) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error {
		found, err := k.L1NearestMany(make([]uint64, ids), out.word[:near], perQuery, queries, codes)
		out.long[0] += uint64(found)
		return err
	}
}

func dotQuery(dst int, x []float32) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, _ *outputs) error { return k.DotQuery(make([]int8, dst), x) }
}

func dot(query int, code []byte, n int) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, _ *outputs) error { _, err := k.Dot(make([]int8, query), code, n); return err }
}

func dotNearest(ids, near, query int, codes q2.Codes) func(*q2.Kernel, *outputs) error {
	return func(k *q2.Kernel, out *outputs) error {
		found, err := k.DotNearest(make([]uint64, ids), make([]float32, near), make([]int8, query), codes)
		out.long[0] += uint64(found)
		return err
	}
}

func TestWrongArguments(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for name, wrong := range wrongCalls() {
			t.Run(name, func(t *testing.T) {
				out := freshOutputs()
				err := wrong.call(k, out)
				var argument *q2.ArgumentError
				require.ErrorAs(t, err, &argument)
				require.ErrorIs(t, err, q2.ErrArgument)
				require.NotErrorIs(t, err, q2.ErrNotFinite)
				assert.ErrorContains(t, err, wrong.text)
				assert.Equal(t, freshOutputs(), out, "something was written")
			})
		}
	})
}

func TestEmptyBatchesAreFine(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		require.NoError(t, k.QuantiseRows(q2.RowResults{}, q2.Rows{N: 4}))
		require.NoError(t, k.LeeDistances(nil, []byte{0}, q2.Codes{N: 4}))
		found, err := k.LeeNearest(make([]uint64, 3), make([]uint32, 3), []byte{0}, q2.Codes{N: 4})
		require.NoError(t, err)
		require.Zero(t, found)
	})
}

func TestQ2RowsIgnoreTheSequenceLength(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for _, seqLen := range []int{math.MinInt, -1, 0, 1, 2, math.MaxInt} {
			for n, want := range map[int][]byte{1: {0xc0, 0xee}, 2: {0xf0, 0xee}, 3: {0xfc, 0xee}, 4: {0xff, 0xee}, 5: {0xff, 0xc0}, 7: {0xff, 0xfc}} {
				packed := []byte{0xee, 0xee}
				key, err := k.Quantise(packed, q2.Tensor{Data: []byte{0xff, 0xff}, Dtype: q2.Q2, SeqLen: seqLen, N: n})
				require.NoError(t, err)
				assert.Equal(t, want, packed, "n = %d", n)
				assert.Equal(t, q2.TransitionKey{Bits: 0b10 << 62, Transitions: 1}, key, "n = %d", n)
			}
		}
	})
}

func TestBitsBeyondNAreIgnored(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for _, n := range lengthsUpTo(1030) {
			clean, dirty := make([]byte, q2.PackedLen(n)), make([]byte, q2.PackedLen(n))
			for i := range clean {
				clean[i] = byte(i * 37)
			}
			clean[len(clean)-1] &= 0xff << ((4 - n%4) % 4 * 2)
			copy(dirty, clean)
			dirty[len(dirty)-1] |= 0xff >> (8 - (4-n%4)%4*2)
			want, err := k.Key(clean, n)
			require.NoError(t, err)
			got, err := k.Key(dirty, n)
			require.NoError(t, err)
			require.Equal(t, want, got, "n = %d", n)
			distance, err := k.LeeDistance(clean, dirty, n)
			require.NoError(t, err)
			require.Zero(t, distance, "n = %d", n)
			two, word := append(bytes.Clone(dirty), clean...), []uint32{9, 9}
			require.NoError(t, k.LeeDistances(word, clean, q2.Codes{Data: two, Count: 2, N: n}))
			require.Equal(t, []uint32{0, 0}, word, "n = %d", n)
		}
	})
}

// A caller's buffers may lie in a struct that holds Go pointers, which cgo would refuse if it looked.
func TestBuffersInsideAStructWithPointers(t *testing.T) {
	type request struct {
		name       *string
		activation [16]byte
		packed     [1]byte
		distances  [2]uint32
	}
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		text := "x"
		r := &request{name: &text}
		copy(r.activation[:], q2.Float32Row([]float32{3, 0.1, -0.1, -3}).Data)
		key, err := k.Quantise(r.packed[:], q2.Tensor{Data: r.activation[:], SeqLen: 1, N: 4})
		require.NoError(t, err)
		require.Equal(t, "DCBA", key.Symbols())
		require.NoError(t, k.LeeDistances(r.distances[:], r.packed[:], q2.Codes{Data: r.packed[:], Count: 1, N: 4}))
	})
}
