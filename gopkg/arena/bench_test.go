package arena_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

// One goroutine, a lease always free: the price of an arena beside that of the kernel.
func BenchmarkAcquireRelease(b *testing.B) {
	a := newArena(b, arena.Options{Leases: 8, LeaseBytes: 4096})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		l, err := a.Acquire(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Release(); err != nil {
			b.Fatal(err)
		}
	}
}

// 32 goroutines a processor share some leases: with 64 of them nobody waits but for the mutex, with 2 nearly everybody does.
func BenchmarkAcquireReleaseShared(b *testing.B) {
	for name, leases := range map[string]int{"leases=64": 64, "leases=2": 2} {
		b.Run(name, func(b *testing.B) {
			a := newArena(b, arena.Options{Leases: leases, LeaseBytes: 4096})
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				for pb.Next() {
					l, err := a.Acquire(ctx)
					if err != nil {
						b.Error(err)
						return
					}
					if err := l.Release(); err != nil {
						b.Error(err)
						return
					}
				}
			})
			s := a.Stats()
			b.ReportMetric(float64(s.Waits)/float64(b.N), "waits/op")
		})
	}
}

// A view is a check of the generation and some additions.
func BenchmarkViews(b *testing.B) {
	a := newArena(b, arena.Options{Leases: 1, LeaseBytes: 4096, N: 1024})
	l, err := a.TryAcquire()
	require.NoError(b, err)
	defer func() { require.NoError(b, l.Release()) }()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Tensor(q2.FP32, 1, 1024); err != nil {
			b.Fatal(err)
		}
		if _, err := l.Packed(); err != nil {
			b.Fatal(err)
		}
	}
}
