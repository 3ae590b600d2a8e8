package graph_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

func readBytes(t testing.TB, model []byte) *graph.Model {
	t.Helper()
	m, err := graph.Read(bytes.NewReader(model), int64(len(model)))
	require.NoError(t, err)
	return m
}

// model has the given outputs and an embedding of 40 tokens.
func model(outputs ...[]byte) []byte {
	body := bytes.Join(append([][]byte{
		node("Gather", []string{"embedding", "input_ids"}, []string{"embedded"}), floats("embedding", 40, 4),
		field(11, text(1, "input_ids"), tensorType(7, -1, -1))}, outputs...), nil)
	return append(opset(17), field(7, body)...)
}

func output(name string, dims ...int64) []byte {
	return field(12, text(1, name), tensorType(1, dims...))
}

func TestWhichOutputIsTheHiddenState(t *testing.T) {
	cases := []struct {
		name    string
		outputs [][]byte
		want    string
		why     string
	}{
		{"by name", [][]byte{output("a", -1, -1, 4), output("hidden_states", -1, -1, 4)}, "hidden_states", "named hidden_states"},
		{"better name", [][]byte{output("hidden_states", -1, -1, 4), output("last_hidden_state", -1, -1, 4)}, "last_hidden_state", "named last_hidden_state"},
		{"a name without three dimensions", [][]byte{output("last_hidden_state", -1, 4), output("a", -1, -1, 4)}, "a", "the only output"},
		{"the only one", [][]byte{output("logits", -1, -1, 40), output("present.0", -1, -1, 4), output("pooled", -1, 4), output("a", -1, -1, 4)}, "a", "the only output"},
		{"logits under another name", [][]byte{output("scores", -1, -1, 40), output("a", -1, -1, 4)}, "a", "the only output"},
		{"no integers", [][]byte{field(12, text(1, "tokens"), tensorType(7, -1, -1, 4)), output("a", -1, -1, 4)}, "a", "the only output"},
		{"two", [][]byte{output("a", -1, -1, 4), output("b", -1, -1, 4)}, "", "several outputs could be the hidden state (a, b); name one"},
		{"none", [][]byte{output("logits", -1, -1, 40)}, "", "no output is a hidden state"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			choice, others := readBytes(t, model(c.outputs...)).ChooseHidden(0)
			assert.Equal(t, c.want, choice.Output)
			assert.Contains(t, choice.Why, c.why)
			taken := 1
			if c.want == "" {
				taken = 0
			}
			assert.Len(t, others, len(c.outputs)-taken)
		})
	}
}

func TestTwoCandidatesForLogitsAreRefused(t *testing.T) {
	m := readBytes(t, model(output("lm_logits", -1, -1, 40), output("scores", -1, -1, 40)))
	_, err := m.Edit(graph.Options{})
	require.ErrorIs(t, err, graph.ErrRefused)
	assert.ErrorContains(t, err, "lm_logits, scores")
}

func TestSeveralHiddenStatesAreNotGuessed(t *testing.T) {
	_, err := readBytes(t, model(output("a", -1, -1, 4), output("b", -1, -1, 4))).Edit(graph.Options{})
	require.ErrorIs(t, err, graph.ErrRefused)
	assert.ErrorContains(t, err, "(a, b); name one")
}

// headModel is a decoder of one embedding whose head is made of the given nodes, from "state" to "logits".
func headModel(logits []byte, nodes ...[]byte) []byte {
	body := bytes.Join(append([][]byte{
		node("Gather", []string{"embedding", "input_ids"}, []string{"state"}), floats("embedding", 40, 4), floats("head", 4, 40), floats("turned", 40, 4),
		field(11, text(1, "input_ids"), tensorType(7, -1, -1)), logits}, nodes...), nil)
	return append(opset(17), field(7, body)...)
}

func intAttribute(name string, v int64) []byte {
	return append(append(text(1, name), number(3, uint64(v))...), number(20, 2)...)
}

func TestHeadsByHand(t *testing.T) {
	logits := output("logits", -1, -1, 40)
	cases := []struct {
		name  string
		model []byte
		say   string // of the refusal; "" when the head is found and the state is "state"
	}{
		{"plain", headModel(logits, node("MatMul", []string{"state", "head"}, []string{"logits"})), ""},
		{"no declared shape", headModel(field(12, text(1, "logits")), node("MatMul", []string{"state", "head"}, []string{"logits"})), ""},
		{"dropout and identity", headModel(logits, node("MatMul", []string{"state", "head"}, []string{"a"}), node("Dropout", []string{"a"}, []string{"b", "mask"}), node("Identity", []string{"b"}, []string{"logits"})), ""},
		{"log-softmax", headModel(logits, node("MatMul", []string{"state", "head"}, []string{"a"}), node("LogSoftmax", []string{"a"}, []string{"logits"})), ""},
		{"weight on the left", headModel(logits, node("MatMul", []string{"turned", "state"}, []string{"logits"})), "weight on the left"},
		{"two activations", headModel(logits, node("MatMul", []string{"state", "state"}, []string{"logits"})), "multiplies two activations"},
		{"turned activation", headModel(logits, node("Gemm", []string{"state", "head"}, []string{"logits"}, intAttribute("transA", 1))), "has transA set"},
		{"a constant", headModel(logits, node("Identity", []string{"head"}, []string{"a"}), node("Cast", []string{"a"}, []string{"logits"})), "comes from the constant"},
		{"an input", headModel(logits, node("Cast", []string{"input_ids"}, []string{"logits"})), `comes from "input_ids"`},
		{"a width that does not fit", headModel(logits, node("MatMul", []string{"state", "turned"}, []string{"logits"})), "rows of 40"},
		{"a slice before the last step", headModel(field(12, text(1, "logits")), integers("from", -1), integers("to", 1<<62), integers("along", 1),
			node("Slice", []string{"state", "from", "to", "along"}, []string{"tail"}), node("Tanh", []string{"tail"}, []string{"late"}), node("MatMul", []string{"late", "head"}, []string{"logits"})), "picked one token before"},
		{"an unknown step", headModel(logits, node("MatMul", []string{"state", "head"}, []string{"a"}), node("TopK", []string{"a", "k"}, []string{"logits", "at"})), "TopK node without a name stands between"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, err := readBytes(t, c.model).Edit(graph.Options{})
			if c.say != "" {
				require.ErrorIs(t, err, graph.ErrRefused)
				assert.ErrorContains(t, err, c.say)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "state", e.Hidden.Name)
			assert.Equal(t, graph.Float32, e.Hidden.Elem)
			assert.EqualValues(t, 4, e.Head.N)
		})
	}
}

// Two graph fields are one graph, as protobuf has it; the edited model has one.
func TestGraphFieldsMerge(t *testing.T) {
	whole := headModel(output("logits", -1, -1, 40), node("MatMul", []string{"state", "head"}, []string{"logits"}))
	e, err := readBytes(t, withOutput(whole, "state")).Edit(graph.Options{Keep: []string{"state"}})
	require.NoError(t, err)
	got := decode(t, written(t, e))
	assert.Equal(t, 1, got.graphs)
	assert.Equal(t, []string{"Gather"}, got.ops())
	assert.Equal(t, []string{"state"}, got.outputs)
}

// A second opinion on reachability: what is kept defines all that kept nodes read, and nothing kept is unread.
func TestNothingIsMissingAndNothingIsLeftOver(t *testing.T) {
	for _, f := range headed {
		c := decode(t, written(t, edit(t, fixture(f.name), graph.Options{Logits: "logits", LastToken: f.name != "opset10"})))
		defined, read := map[string]bool{"": true}, map[string]bool{}
		for _, name := range append(append(append([]string{}, c.inputs...), c.initializers...), c.sparse...) {
			defined[name] = true
		}
		for _, n := range c.nodes {
			for _, name := range n.in {
				assert.True(t, defined[name], "%s: %q is read before it is made", f.name, name)
				read[name] = true
			}
			for _, name := range n.out {
				defined[name] = true
			}
		}
		for _, name := range c.outputs {
			read[name] = true
			assert.True(t, defined[name], "%s: output %q", f.name, name)
		}
		if f.name == "if_captured" {
			continue // bodies read too; TestNamesThatBodiesUseStay looks at those
		}
		for _, name := range append(append([]string{}, c.initializers...), c.sparse...) {
			assert.True(t, read[name], "%s: nobody reads initializer %q", f.name, name)
		}
	}
}
