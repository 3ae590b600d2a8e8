package q2_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/q2kernel/q2/gopkg/q2"
)

var benchDims = []int{64, 384, 1024, 4096, 16384}

func onEveryKernelBench(b *testing.B, bench func(b *testing.B, k *q2.Kernel)) {
	for _, backend := range q2.Backends() {
		if backend.Available {
			b.Run(backend.Name+"/"+backend.ISA, func(b *testing.B) { bench(b, open(b, backend)) })
		}
	}
}

func BenchmarkQuantise(b *testing.B) {
	onEveryKernelBench(b, func(b *testing.B, k *q2.Kernel) {
		for _, n := range benchDims {
			row := randomRow(rand.New(rand.NewPCG(1, 1)), q2.FP32, n)
			packed := make([]byte, q2.PackedLen(n))
			tensor := q2.Tensor{Data: row, Dtype: q2.FP32, SeqLen: 1, N: n}
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				b.SetBytes(int64(len(row)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := k.Quantise(packed, tensor); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkQuantiseRows(b *testing.B) {
	onEveryKernelBench(b, func(b *testing.B, k *q2.Kernel) {
		for _, n := range benchDims {
			for _, count := range []int{1, 8, 64} {
				rows := q2.Rows{Data: randomRow(rand.New(rand.NewPCG(1, 1)), q2.FP32, count*n), Count: count, N: n}
				dst := q2.RowResults{Packed: make([]byte, count*q2.PackedLen(n)), Keys: make([]uint64, count)}
				b.Run(fmt.Sprintf("n=%d/rows=%d", n, count), func(b *testing.B) {
					b.SetBytes(int64(len(rows.Data)))
					b.ReportAllocs()
					for b.Loop() {
						if err := k.QuantiseRows(dst, rows); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/row")
				})
			}
		}
	})
}

func BenchmarkKey(b *testing.B) {
	onEveryKernelBench(b, func(b *testing.B, k *q2.Kernel) {
		for _, n := range benchDims {
			packed := randomRow(rand.New(rand.NewPCG(1, 1)), q2.Q2, n)
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				b.SetBytes(int64(len(packed)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := k.Key(packed, n); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkLeeDistance(b *testing.B) {
	onEveryKernelBench(b, func(b *testing.B, k *q2.Kernel) {
		for _, n := range benchDims {
			random := rand.New(rand.NewPCG(1, 1))
			x, y := randomRow(random, q2.Q2, n), randomRow(random, q2.Q2, n)
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				b.SetBytes(int64(2 * len(x)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := k.LeeDistance(x, y, n); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkLeeDistances(b *testing.B) {
	const count = 1000
	onEveryKernelBench(b, func(b *testing.B, k *q2.Kernel) {
		for _, n := range benchDims {
			random := rand.New(rand.NewPCG(1, 1))
			codes := q2.Codes{Data: randomBytes(random, count*q2.PackedLen(n)), Count: count, N: n}
			query, distances := randomRow(random, q2.Q2, n), make([]uint32, count)
			b.Run(fmt.Sprintf("n=%d/codes=%d", n, count), func(b *testing.B) {
				b.SetBytes(int64(len(codes.Data)))
				b.ReportAllocs()
				for b.Loop() {
					if err := k.LeeDistances(distances, query, codes); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
