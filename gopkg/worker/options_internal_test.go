package worker

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/q2kernel/q2/gopkg/onnx"
)

// A worker that opens its model shares the processors out to runs.
func TestThreadsAndRuns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(6))
	for _, c := range []struct{ threads, runs, wantThreads, wantRuns int }{
		{0, 0, 1, 6}, {2, 0, 2, 3}, {4, 0, 4, 1}, {9, 0, 9, 1}, {0, 2, 1, 2}, {3, 1, 3, 1},
	} {
		o := Options{Runs: c.runs, Model: onnx.Options{IntraOpThreads: c.threads}}.serving()
		assert.Equal(t, [2]int{c.wantThreads, c.wantRuns}, [2]int{o.Model.IntraOpThreads, o.Runs}, c)
	}
}
