package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/tools/q2/internal/demo"
)

// told is what the specification, in its own plain-Go reading, makes of the captured hidden states.
type told struct {
	symbols, packed []string // a sentence
	distance        [][]int  // counted symbol by symbol
}

func expectedDemo(t *testing.T) told {
	t.Helper()
	const n, header = 384, 128
	file := read(t, filepath.Join("..", "demo", "captured.npy"))
	require.Len(t, file, header+len(demo.Sentences)*4*n)
	var want told
	var values [][]byte
	for i := range demo.Sentences {
		packed := make([]byte, n/4)
		bits, transitions, err := reference.Quantise(packed, file[header+i*4*n:header+(i+1)*4*n], 1, n, reference.Dtype(q2.FP32))
		require.NoError(t, err)
		want.symbols = append(want.symbols, q2.TransitionKey{Bits: bits, Transitions: transitions}.Symbols())
		want.packed = append(want.packed, fmt.Sprintf("%x", packed))
		var z []byte
		for d := range n {
			gray := packed[d/4] >> (6 - 2*(d%4)) & 3
			z = append(z, gray^gray>>1)
		}
		values = append(values, z)
	}
	for i := range values {
		want.distance = append(want.distance, make([]int, len(values)))
		for j := range values {
			for d := range n {
				difference := max(values[i][d], values[j][d]) - min(values[i][d], values[j][d])
				want.distance[i][j] += int(min(difference, 4-difference))
			}
		}
	}
	return want
}

// nearest is the three others with the smallest distances, ties by lower index.
func (w told) nearest(i int) []int {
	var others []int
	for j := range w.distance {
		if j != i {
			others = append(others, j)
		}
	}
	slices.SortStableFunc(others, func(a, b int) int { return w.distance[i][a] - w.distance[i][b] })
	return others[:3]
}

// withoutModel is a machine on which `q2 setup` never ran.
func withoutModel(t *testing.T) {
	t.Helper()
	t.Setenv("Q2_CACHE", t.TempDir())
}

func TestDemoWithoutModel(t *testing.T) {
	want := expectedDemo(t)
	withoutModel(t)
	screen := succeeds(t, q2run("", "demo"))

	assert.Contains(t, screen, "This is a recording: the model did not run")
	assert.Contains(t, screen, "`q2 setup` fetches it")
	assert.Contains(t, screen, "all-minilm-l6-v2-int8, 384 dimensions")
	for i, s := range demo.Sentences {
		assert.Contains(t, screen, fmt.Sprintf("\n%2d  %-43s %s\n", i+1, s.Text, want.symbols[i]))
	}
	for _, i := range demo.Asked {
		block := fmt.Sprintf("\n%2d  %s\n", i+1, demo.Sentences[i].Text)
		for _, j := range want.nearest(i) {
			block += fmt.Sprintf("      %4d  %-10s %2d  %s\n", want.distance[i][j], demo.Sentences[j].Topic, j+1, demo.Sentences[j].Text)
			assert.Equal(t, demo.Sentences[i].Topic, demo.Sentences[j].Topic, "a neighbour must make sense to a reader")
		}
		assert.Contains(t, screen, block)
	}
	assert.Contains(t, screen, "Of the 20 sentences, 20 have one of their own topic nearest.")
	assert.Regexp(t, `model   not run\nkernel +\d+\.\d\d µs\n$`, screen)
	assert.NotContains(t, screen, "\x1b", "colour belongs on terminals only")
	for line := range strings.Lines(screen) {
		assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, "%q", line)
	}
}

type demoObject struct {
	Topic, Text, Key, Packed string
	N                        int
	Captured                 bool
	Nearest                  []struct {
		Text     string
		Distance int
	}
}

func demoObjects(t *testing.T) []demoObject {
	t.Helper()
	var objects []demoObject
	for line := range strings.Lines(succeeds(t, q2run("", "demo", "--json"))) {
		var o demoObject
		require.NoError(t, json.Unmarshal([]byte(line), &o))
		objects = append(objects, o)
	}
	require.Len(t, objects, len(demo.Sentences))
	return objects
}

func TestDemoJSON(t *testing.T) {
	want := expectedDemo(t)
	withoutModel(t)
	for i, o := range demoObjects(t) {
		assert.Equal(t, demo.Sentences[i], demo.Sentence{Topic: o.Topic, Text: o.Text})
		assert.Equal(t, want.packed[i], o.Packed)
		assert.True(t, o.Captured)
		assert.Equal(t, 384, o.N)
		require.Len(t, o.Nearest, 3)
		for k, j := range want.nearest(i) {
			assert.Equal(t, demo.Sentences[j].Text, o.Nearest[k].Text)
			assert.Equal(t, want.distance[i][j], o.Nearest[k].Distance)
		}
	}
}

// TestDemoNamedModelMustWork: who names a model wants that one, not a recording.
func TestDemoNamedModelMustWork(t *testing.T) {
	inFolder(t)
	require.NoError(t, os.Mkdir("model", 0o755))
	fails(t, q2run("", "demo", "--model", "model"), 1, "q2: the model folder model holds no model.onnx")
}
