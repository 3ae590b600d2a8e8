package reference_test

import (
	"fmt"
	"testing"

	"github.com/q2kernel/q2/gopkg/reference"
)

func BenchmarkQuantise(b *testing.B) {
	for _, n := range []int{64, 384, 1024, 4096, 16384} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i*7919%2003)/1001 - 1
		}
		row, packed := fp32(values...), make([]byte, (n+3)/4)
		b.Run(fmt.Sprintf("fp32/n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(row)))
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = reference.Quantise(packed, row, 1, n, reference.FP32)
			}
		})
	}
}
