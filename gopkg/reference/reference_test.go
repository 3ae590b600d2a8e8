package reference_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/reference"
)

func fp32(values ...float32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// The four cells by hand: n = 4, so tau = 0.33725, and the norm of (3, 0.1, −0.1, −3) is about 4.245.
func TestQuantiseByHand(t *testing.T) {
	packed := make([]byte, 1)
	key, transitions, err := reference.Quantise(packed, fp32(3, 0.1, -0.1, -3), 1, 4, reference.FP32)
	require.NoError(t, err)
	assert.Equal(t, byte(0b10_11_01_00), packed[0]) // D C B A
	assert.Equal(t, uint64(0b11_10_01_00)<<56, key)
	assert.Equal(t, uint32(4), transitions)
}

func TestQuantiseReadsOnlyTheLastRow(t *testing.T) {
	packed := make([]byte, 1)
	nan := float32(math.NaN())
	_, _, err := reference.Quantise(packed, fp32(nan, nan, nan, nan, 3, 0.1, -0.1, -3), 2, 4, reference.FP32)
	require.NoError(t, err)
	assert.Equal(t, byte(0b10_11_01_00), packed[0])
}

func TestQuantiseQ2ClearsBitsBeyondN(t *testing.T) {
	for n, want := range map[int][]byte{1: {0xc0}, 2: {0xf0}, 3: {0xfc}, 4: {0xff}, 5: {0xff, 0xc0}, 6: {0xff, 0xf0}, 7: {0xff, 0xfc}, 8: {0xff, 0xff}} {
		for _, seqLen := range []int{0, 1, 7, -1, math.MaxInt} {
			packed := make([]byte, len(want))
			key, transitions, err := reference.Quantise(packed, []byte{0xff, 0xff, 0xff}, seqLen, n, reference.Q2)
			require.NoError(t, err)
			assert.Equal(t, want, packed, "n = %d", n)
			assert.Equal(t, uint64(0b10)<<62, key, "n = %d: C C C … is one symbol", n)
			assert.Equal(t, uint32(1), transitions)
		}
	}
}

func TestKeyIgnoresBitsBeyondN(t *testing.T) {
	// A A D A D: what follows n is neither kept nor counted.
	code := []byte{0b00_00_10_00, 0b10_01_11_01}
	for n, want := range map[int]struct {
		key         uint64
		transitions uint32
	}{1: {0, 1}, 2: {0, 1}, 3: {0b0011 << 60, 2}, 4: {0b001100 << 58, 3}, 5: {0b00110011 << 56, 4}} {
		key, transitions, err := reference.Key(code, n)
		require.NoError(t, err)
		assert.Equal(t, want.key, key, "n = %d", n)
		assert.Equal(t, want.transitions, transitions, "n = %d", n)
	}
}

// D and D A have the same key, since A is 0; only transitions tells them apart.
func TestTransitionsTellsShortWalksApart(t *testing.T) {
	d, walkedD, err := reference.Key([]byte{0b10_10_00_00}, 2)
	require.NoError(t, err)
	da, walkedDA, err := reference.Key([]byte{0b10_00_00_00}, 2)
	require.NoError(t, err)
	assert.Equal(t, d, da)
	assert.Equal(t, []uint32{1, 2}, []uint32{walkedD, walkedDA})
}

func TestLeeDistanceIgnoresBitsBeyondN(t *testing.T) {
	a, b := []byte{0b00_00_00_00, 0b00_11_11_11}, []byte{0b00_01_11_10, 0b11_00_00_00}
	for n, want := range map[int]uint32{1: 0, 2: 1, 3: 3, 4: 4, 5: 6, 6: 8, 7: 10, 8: 12} {
		got, err := reference.LeeDistance(a, b, n)
		require.NoError(t, err)
		assert.Equal(t, want, got, "n = %d", n)
	}
}

func TestQuantiseRowsGoesOnAfterARefusedRow(t *testing.T) {
	inf := float32(math.Inf(1))
	rows := append(fp32(3, 0.1, -0.1, -3, 99, inf, 0, 0, 0, 99), fp32(-3, -0.1, 0.1, 3)...) // 20 bytes apart
	packed := []byte{0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	keys, transitions, status := []uint64{7, 7, 7, 7}, []uint32{7, 7, 7, 7}, []byte{7, 7, 7, 7}
	err := reference.QuantiseRows(packed, 3, keys, transitions, status, rows, 20, 3, 4, reference.FP32)
	require.ErrorIs(t, err, reference.ErrNotFinite)
	assert.Equal(t, []byte{0b10_11_01_00, 0xee, 0xee, 0, 0xee, 0xee, 0b00_01_11_10, 0xee}, packed)
	assert.Equal(t, []uint64{0b11_10_01_00 << 56, 0, 0b00_01_10_11 << 56, 7}, keys)
	assert.Equal(t, []uint32{4, 0, 4, 7}, transitions)
	assert.Equal(t, []byte{0, 3, 0, 7}, status)
}

func TestQuantiseRowsWithoutOptionalOutputs(t *testing.T) {
	packed := make([]byte, 2)
	require.NoError(t, reference.QuantiseRows(packed, 1, nil, nil, nil, fp32(3, 0.1, -0.1, -3, -3, -0.1, 0.1, 3), 16, 2, 4, reference.FP32))
	assert.Equal(t, []byte{0b10_11_01_00, 0b00_01_11_10}, packed)
	require.NoError(t, reference.QuantiseRows(nil, 1, nil, nil, nil, nil, 16, 0, 4, reference.FP32))
}

func TestLeeDistancesAndNearestBreakTiesByLowerIndex(t *testing.T) {
	query := []byte{0b00_00_00_00}
	codes := []byte{0b11_11_00_00, 0xee, 0b01_00_00_00, 0xee, 0b00_00_00_00, 0xee, 0b00_00_00_01, 0xee, 0b00_00_01_00} // 4 1 0 1 1
	distances := make([]uint32, 6)
	distances[5] = 77
	require.NoError(t, reference.LeeDistances(distances, query, codes, 2, 5, 4))
	assert.Equal(t, []uint32{4, 1, 0, 1, 1, 77}, distances)

	for k, want := range map[int][]uint64{1: {2}, 2: {2, 1}, 3: {2, 1, 3}, 4: {2, 1, 3, 4}, 5: {2, 1, 3, 4, 0}, 7: {2, 1, 3, 4, 0, 99, 99}} {
		ids, near := make([]uint64, k), make([]uint32, k)
		for i := range ids {
			ids[i], near[i] = 99, 88
		}
		found, err := reference.LeeNearest(ids, near, query, codes, 2, 5, 4)
		require.NoError(t, err)
		assert.Equal(t, min(k, 5), found)
		assert.Equal(t, want, ids)
		assert.Equal(t, []uint32{0, 1, 1, 1, 4, 88, 88}[:k], near)
	}
	found, err := reference.LeeNearest(make([]uint64, 1), make([]uint32, 1), query, nil, 2, 0, 4)
	require.NoError(t, err)
	assert.Zero(t, found)
}

func TestArgumentErrorsWriteNothing(t *testing.T) {
	row := make([]byte, 16)
	code := func() []byte { return []byte{0xee, 0xee} }
	quantise := func(tensor []byte, seqLen, n int, dtype reference.Dtype) func(packed []byte) error {
		return func(packed []byte) error {
			_, _, err := reference.Quantise(packed, tensor, seqLen, n, dtype)
			return err
		}
	}
	rows := func(stride, packedStride, count int, keys []uint64, transitions []uint32, status []byte) func([]byte) error {
		return func(packed []byte) error {
			return reference.QuantiseRows(packed, packedStride, keys, transitions, status, row, stride, count, 2, reference.FP32)
		}
	}
	nearest := func(k, distances, stride, count, n int) func([]byte) error {
		return func(query []byte) error {
			_, err := reference.LeeNearest(make([]uint64, k), make([]uint32, distances), query, row, stride, count, n)
			return err
		}
	}
	for name, wrong := range map[string]struct {
		call func(packed []byte) error
		text string
	}{
		"n zero":              {quantise(row, 1, 0, reference.FP32), "n is 0, not in 1 to 1048576"},
		"n negative":          {quantise(row, 1, -4, reference.FP32), "n is -4"},
		"n over the limit":    {quantise(row, 1, reference.MaxDim+1, reference.FP32), "n is 1048577"},
		"dtype":               {quantise(row, 1, 4, 6), "dtype is 6, not in 0 to 5"},
		"q4 with odd n":       {quantise(row, 1, 3, reference.Q4), "even"},
		"seq_len zero":        {quantise(row, 0, 4, reference.FP32), "seq_len is 0"},
		"seq_len negative":    {quantise(row, -1, 4, reference.FP32), "seq_len is -1"},
		"size overflows":      {quantise(row, math.MaxInt, 4, reference.FP32), "overflow"},
		"tensor short":        {quantise(row, 2, 4, reference.FP32), "tensor has length 16, the least is 32"},
		"tensor nil":          {quantise(nil, 1, 4, reference.Q2), "tensor has length 0, the least is 1"},
		"packed short":        {quantise(row, 1, 12, reference.Q8), "packed has length 2, the least is 3"},
		"row stride":          {rows(7, 1, 2, nil, nil, nil), "stride of rows is 7 bytes, the least is 8"},
		"row stride negative": {rows(-8, 1, 2, nil, nil, nil), "stride of rows is -8"},
		"packed stride":       {rows(8, 0, 2, nil, nil, nil), "stride of packed is 0"},
		"count negative":      {rows(8, 1, -1, nil, nil, nil), "count is -1"},
		"rows short":          {rows(9, 1, 2, nil, nil, nil), "rows has length 16, the least is 17"},
		"rows overflow":       {rows(8, 1, math.MaxInt, nil, nil, nil), "overflow"},
		"rows packed short":   {rows(8, 2, 2, nil, nil, nil), "packed has length 2, the least is 3"},
		"keys short":          {rows(8, 1, 2, make([]uint64, 1), nil, nil), "keys has length 1, the least is 2"},
		"transitions short":   {rows(8, 1, 2, nil, make([]uint32, 1), nil), "transitions has length 1"},
		"status short":        {rows(8, 1, 2, nil, nil, []byte{}), "status has length 0"},
		"key n": {func(packed []byte) error {
			_, _, err := reference.Key(packed, 0)
			return err
		}, "n is 0"},
		"key short": {func(packed []byte) error {
			_, _, err := reference.Key(packed, 9)
			return err
		}, "packed has length 2, the least is 3"},
		"distance n": {func(packed []byte) error {
			_, err := reference.LeeDistance(packed, packed, reference.MaxDim+1)
			return err
		}, "n is 1048577"},
		"distance a short": {func(packed []byte) error {
			_, err := reference.LeeDistance(packed, row, 9)
			return err
		}, "a has length 2, the least is 3"},
		"distance b short": {func(packed []byte) error {
			_, err := reference.LeeDistance(row, packed, 9)
			return err
		}, "b has length 2, the least is 3"},
		"distances short": {func(packed []byte) error {
			return reference.LeeDistances(make([]uint32, 1), packed, row, 2, 2, 8)
		}, "distances has length 1, the least is 2"},
		"distances query": {func(packed []byte) error {
			return reference.LeeDistances(make([]uint32, 1), packed, row, 3, 1, 9)
		}, "query has length 2, the least is 3"},
		"nearest k zero":          {nearest(0, 0, 2, 8, 8), "k is 0, not in 1 to 4096"},
		"nearest k over":          {nearest(4097, 4097, 2, 8, 8), "k is 4097"},
		"nearest distances short": {nearest(2, 1, 2, 8, 8), "distances has length 1, the least is 2"},
		"nearest n":               {nearest(1, 1, 2, 8, -1), "n is -1"},
		"nearest stride":          {nearest(1, 1, 1, 8, 8), "stride of codes is 1 bytes, the least is 2"},
		"nearest codes short":     {nearest(1, 1, 2, 9, 8), "codes has length 16, the least is 18"},
	} {
		t.Run(name, func(t *testing.T) {
			packed := code()
			err := wrong.call(packed)
			require.ErrorIs(t, err, reference.ErrArgument)
			assert.ErrorContains(t, err, wrong.text)
			assert.Equal(t, code(), packed, "written although an argument is wrong")
		})
	}
}

func TestNothingIsAllocated(t *testing.T) {
	tensor, ids, near := fp32(3, 0.1, -0.1, -3, 1), make([]uint64, 2), make([]uint32, 2)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		var packed [2]byte
		_, _, err := reference.Quantise(packed[:], tensor, 1, 5, reference.FP32)
		_, _, keyErr := reference.Key(packed[:], 5)
		_, leeErr := reference.LeeDistance(packed[:], packed[:], 5)
		_, nearErr := reference.LeeNearest(ids, near, packed[:], tensor, 2, 10, 5)
		if err != nil || keyErr != nil || leeErr != nil || nearErr != nil {
			panic("a valid call failed")
		}
	}))
}
