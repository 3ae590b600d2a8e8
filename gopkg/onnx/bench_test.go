//go:build cgo

package onnx

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// BenchmarkDecoder fingerprints 32 tokens with a decoder of one small layer and a head as wide as GPT-2's (64 × 50 257): as a file that puts out
// logits and its hidden state would be run, with the head still on; with the head cut off; and cut to the last token.
func BenchmarkDecoder(b *testing.B) {
	path := graphFixture("bighead")
	withHidden := filepath.Join(b.TempDir(), "with-hidden.onnx")
	_, err := graph.Expose(path, withHidden, graph.Options{Keep: []string{"logits"}})
	require.NoError(b, err)
	for _, c := range []struct {
		name, path string
		o          Options
	}{
		{"head_on", withHidden, Options{EveryToken: true}},
		{"every_token", path, Options{EveryToken: true}},
		{"last_token", path, Options{}},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkFingerprint(b, c.path, c.o, 32) })
	}
}

// BenchmarkDefaultModel fingerprints one text with the default model, cut and not.
func BenchmarkDefaultModel(b *testing.B) {
	path := defaultPath(b)
	for _, length := range []int{16, 128} {
		for name, every := range map[string]bool{"every_token": true, "last_token": false} {
			b.Run(fmt.Sprintf("%s/%d", name, length), func(b *testing.B) { benchmarkFingerprint(b, path, Options{EveryToken: every}, length) })
		}
	}
}

// BenchmarkBatch fingerprints 16 texts of 16 tokens in batches of several sizes. A text is an operation.
func BenchmarkBatch(b *testing.B) {
	m, err := Open(defaultPath(b), Options{IntraOpThreads: 1, ParallelRuns: 1})
	require.NoError(b, err)
	defer m.Close()
	texts := slices.Repeat([][]int64{sequence(16)}, 16)
	dst := make([]Result, 16)
	for i := range dst {
		dst[i].Packed = make([]byte, q2.PackedLen(m.N()))
	}
	for _, size := range []int{1, 4, 16} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for done := 0; done < b.N; done += size {
				if _, err := m.FingerprintBatch(dst[:size], texts[:size]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParallel has eight callers at once, under several settings of parallel runs and threads.
func BenchmarkParallel(b *testing.B) {
	for _, o := range []Options{
		{ParallelRuns: 1, IntraOpThreads: 1}, {ParallelRuns: 1, IntraOpThreads: 2}, {ParallelRuns: 1, IntraOpThreads: 2, Spin: true},
		{ParallelRuns: 2, IntraOpThreads: 1}, {ParallelRuns: 2, IntraOpThreads: 2}, {ParallelRuns: 2, IntraOpThreads: 2, Spin: true},
	} {
		b.Run(fmt.Sprintf("runs=%d,threads=%d,spin=%t", o.ParallelRuns, o.IntraOpThreads, o.Spin), func(b *testing.B) {
			m, err := Open(defaultPath(b), o)
			require.NoError(b, err)
			defer m.Close()
			ids := sequence(16)
			b.SetParallelism(4)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				packed := make([]byte, q2.PackedLen(m.N()))
				for pb.Next() {
					if _, _, err := m.Fingerprint(packed, ids); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func benchmarkFingerprint(b *testing.B, path string, o Options, length int) {
	o.IntraOpThreads, o.ParallelRuns = 1, 1
	m, err := Open(path, o)
	require.NoError(b, err)
	defer m.Close()
	packed, ids := make([]byte, q2.PackedLen(m.N())), sequence(length)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := m.Fingerprint(packed, ids); err != nil {
			b.Fatal(err)
		}
	}
}

// sequence is a text of token ids that every model here knows.
func sequence(length int) []int64 {
	ids := make([]int64, length)
	for i := range ids {
		ids[i] = int64(i % 40)
	}
	return ids
}

func defaultPath(b *testing.B) string {
	b.Helper()
	folder, err := cache.DefaultModelFolder()
	require.NoError(b, err)
	return filepath.Join(folder, cache.ModelFile)
}
