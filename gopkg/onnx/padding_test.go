//go:build cgo

package onnx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/tokenizer"
)

// tokenised are 320 of the texts of the tokenizer's tests as the default model's token ids: from all over, of 5 to 64 tokens, in their order,
// so that short and long ones meet.
func tokenised(t testing.TB, folder string) (texts [][]int64) {
	t.Helper()
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	require.NoError(t, err)
	file, err := os.Open(filepath.Join("..", "..", "testdata", "tokenizer", "texts.jsonl"))
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for number := 0; lines.Scan(); number++ {
		var line struct{ Text string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		ids, err := tok.Encode(nil, line.Text)
		require.NoError(t, err)
		if len(ids) >= 5 && len(ids) <= 64 && number%3 == 0 && len(texts) < 320 {
			texts = append(texts, ids)
		}
	}
	require.NoError(t, lines.Err())
	require.Len(t, texts, 320)
	return texts
}

// batched are what comes of texts, so many a run: their codes, and their rows as the kernel was given them.
func batched(t testing.TB, m *Model, texts [][]int64, batch int) (codes, rows [][]byte) {
	t.Helper()
	before := m.quantiseRows
	defer func() { m.quantiseRows = before }()
	m.quantiseRows = func(dst q2.RowResults, r q2.Rows) error {
		for i := range r.Count {
			rows = append(rows, bytes.Clone(r.Data[i*r.Stride:i*r.Stride+r.Dtype.RowBytes(r.N)]))
		}
		return q2.QuantiseRows(dst, r)
	}
	dst := make([]Result, len(texts))
	for i := range dst {
		dst[i].Packed = make([]byte, q2.PackedLen(m.N()))
		codes = append(codes, dst[i].Packed)
	}
	for from := 0; from < len(texts); from += batch {
		to := min(from+batch, len(texts))
		_, err := m.FingerprintBatch(dst[from:to], texts[from:to])
		require.NoError(t, err)
	}
	return codes, rows
}

// differing counts the symbols that are not the same.
func differing(a, b [][]byte) (symbols int) {
	for i := range a {
		for at := range a[i] {
			x := a[i][at] ^ b[i][at]
			symbols += bits.OnesCount8((x | x>>1) & 0x55)
		}
	}
	return symbols
}

func differingRows(a, b [][]byte) (rows int) {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			rows++
		}
	}
	return rows
}

// TestCutAndPlainBatchesAgree: of the default model, cut to the last token and as it is, the same batches give the same rows to the bit.
func TestCutAndPlainBatchesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("this is ONNX Runtime's arithmetic, whatever the build of this package")
	}
	cut, path := openDefault(t)
	plain, err := Open(path, Options{EveryToken: true})
	require.NoError(t, err)
	defer plain.Close()
	require.True(t, cut.Run().LastToken)
	require.False(t, plain.Run().LastToken)
	require.False(t, plain.Run().Edited)
	texts := tokenised(t, filepath.Dir(path))[:96]
	for _, batch := range []int{1, 8, 32} {
		codes, rows := batched(t, cut, texts, batch)
		plainCodes, plainRows := batched(t, plain, texts, batch)
		assert.Equal(t, plainRows, rows, "rows of batches of %d", batch)
		assert.Equal(t, plainCodes, codes, "codes of batches of %d", batch)
	}
}

// TestPaddingMovesFewSymbols measures what docs/MODEL.md says: a text's code from a batch, where shorter texts are filled up, against its
// code alone. Q2_TEST_MODEL names another model with the same tokenizer to measure.
func TestPaddingMovesFewSymbols(t *testing.T) {
	if testing.Short() {
		t.Skip("this is ONNX Runtime's arithmetic, whatever the build of this package")
	}
	m, path := openDefault(t)
	texts := tokenised(t, filepath.Dir(path))
	if other := os.Getenv("Q2_TEST_MODEL"); other != "" {
		var err error
		m, err = Open(other, Options{})
		require.NoError(t, err)
		defer m.Close()
	}
	codes, rows := batched(t, m, texts, 1)
	for _, batch := range []int{8, 32} {
		batchCodes, batchRows := batched(t, m, texts, batch)
		symbols := differing(codes, batchCodes)
		share := float64(symbols) / float64(len(texts)*m.N())
		t.Logf("batches of %d: %d of %d rows differ in some bit; %d of %d symbols differ (%.4f%%), in %d of %d codes",
			batch, differingRows(rows, batchRows), len(texts), symbols, len(texts)*m.N(), 100*share, differingRows(codes, batchCodes), len(texts))
		if os.Getenv("Q2_TEST_MODEL") == "" {
			assert.Less(t, share, 0.0005, "batches of %d", batch)
		}
	}
}
