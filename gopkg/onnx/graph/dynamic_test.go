package graph_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

func TestWhatScalesDynamicallyIsFound(t *testing.T) {
	of := func(name, value string) string {
		m := readBytes(t, read(t, fixture(name)))
		return m.DynamicScale(value)
	}
	assert.Equal(t, "DynamicQuantizeLinear node /DynamicQuantizeLinear_8", of("dynamic_layer", "hidden"))
	assert.Equal(t, "DynamicQuantizeLinear node /DynamicQuantizeLinear_13", of("dynamic_int8", "logits"))
	for _, c := range [][2]string{{"dynamic_int8", "hidden"}, {"static_int8", "logits"}, {"matmulnbits", "logits"}, {"if_captured", "logits"}, {"function", "logits"}} {
		assert.Empty(t, of(c[0], c[1]), "%s, %s", c[0], c[1])
	}
}

func TestWhatScalesDynamicallyInsideIsFound(t *testing.T) {
	dynamic := node("DynamicQuantizeLinear", []string{"state"}, []string{"q", "s", "z"})
	logits := output("logits", -1, -1, 40)
	body := field(5, text(1, "then_branch"), field(6, dynamic, field(12, text(1, "q"))), number(20, 5))
	branch := node("If", []string{"always"}, []string{"logits"}, body[2:])
	function := field(25, text(1, "Scale"), text(10, "local"), field(7, dynamic[2:]))
	call := field(1, text(1, "state"), text(2, "logits"), text(4, "Scale"), text(7, "local"))
	for name, model := range map[string][]byte{
		"in a branch":                headModel(logits, branch),
		"in a branch of a branch":    headModel(logits, node("If", []string{"always"}, []string{"logits"}, field(5, text(1, "then_branch"), field(6, branch), number(20, 5))[2:])),
		"in a function":              bytes.Join([][]byte{headModel(logits, call), function}, nil),
		"the operators of Microsoft": headModel(logits, microsoft(node("DynamicQuantizeMatMul", []string{"state", "head"}, []string{"logits"}))),
	} {
		m := readBytes(t, model)
		assert.NotEmpty(t, m.DynamicScale("logits"), name)
		assert.Empty(t, m.DynamicScale("state"), name)
	}
}

func TestACutGraphIsKnown(t *testing.T) {
	for _, side := range []graph.Padding{graph.PadRight, graph.PadLeft} {
		m := readBytes(t, written(t, edit(t, fixture("matmul"), graph.Options{LastToken: true, Padding: side})))
		output, padding, ok := m.Cut()
		assert.True(t, ok)
		assert.Equal(t, "last_token_hidden_state float32 [batch, 16]", output.String())
		assert.Equal(t, side, padding)
	}
	for _, data := range [][]byte{read(t, fixture("matmul")), written(t, edit(t, fixture("matmul"), graph.Options{}))} {
		_, _, ok := readBytes(t, data).Cut()
		assert.False(t, ok)
	}
}
