//go:build cgo

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// BenchmarkDecoder runs a decoder of one small layer with a head as wide as GPT-2's (64 × 50 257) on 32 tokens: whole, with the head still in
// the graph but its logits not fetched, exposed, and cut to the last token.
func BenchmarkDecoder(b *testing.B) {
	needRuntime(b)
	const n, vocabulary, length = 64, 50257, 32
	whole := read(b, fixture("bighead"))
	exposed := written(b, edit(b, fixture("bighead"), graph.Options{}))
	cut := written(b, edit(b, fixture("bighead"), graph.Options{LastToken: true}))
	for _, c := range []struct {
		name, output string
		model        []byte
		shape        []int64
	}{
		{"whole", "logits", whole, []int64{1, length, vocabulary}},
		{"head_not_fetched", "hidden", withOutput(whole, "hidden"), []int64{1, length, n}},
		{"exposed", graph.DefaultHiddenName, exposed, []int64{1, length, n}},
		{"last_token", graph.DefaultLastTokenName, cut, []int64{1, n}},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkRun(b, newSession(b, c.model, "", c.output), c.shape) })
	}
}

func benchmarkRun(b *testing.B, s *session, shape []int64) {
	texts := padded("right", 32)
	var in []ort.Value
	for _, name := range s.inputs {
		in = append(in, texts.value(b, name, 0))
	}
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(shape...))
	require.NoError(b, err)
	defer out.Destroy()
	outs := []ort.Value{out}
	for b.Loop() {
		if err := s.Run(in, outs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDefaultModel runs the default model on one text of 32 tokens, whole and cut: what the nodes added cost, and what the
// smaller output saves.
func BenchmarkDefaultModel(b *testing.B) {
	needRuntime(b)
	path := defaultModel(b)
	b.Run("whole", func(b *testing.B) {
		benchmarkRun(b, newSession(b, read(b, path), "", "last_hidden_state"), []int64{1, 32, 384})
	})
	for _, side := range []graph.Padding{graph.PadRight, graph.PadLeft} {
		b.Run("cut_"+side.String(), func(b *testing.B) {
			e := edit(b, path, graph.Options{LastToken: true, Padding: side})
			benchmarkRun(b, newSession(b, written(b, e), "", e.Output.Name), []int64{1, 384})
		})
	}
}

// BenchmarkExposeBytes is the price of the default path at start-up: read, plan and write the default model in memory.
func BenchmarkExposeBytes(b *testing.B) {
	path := defaultModel(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := graph.ExposeBytes(path, graph.Options{LastToken: true}); err != nil {
			b.Fatal(err)
		}
	}
}
