package graph_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// longestTexts are the graphs whose tables of positions end, by what the generator says of each; 0 where longer texts can be run as well.
var longestTexts = map[string]int64{
	"positions_input": 12, "positions_list": 11, "positions_range": 12, "positions_offset": 10, "positions_past": 12, "positions_roberta": 10,
	"positions_mask": 12, "positions_embed": 12, "positions_bounded": 0, "positions_chosen": 0, "matmul": 0, "encoder": 0, "past": 0,
}

func TestPositions(t *testing.T) {
	for name, want := range longestTexts {
		m, err := graph.Open(fixture(name))
		require.NoError(t, err)
		choice, _ := m.ChooseHidden(0)
		if choice.Output == "" {
			choice.Output = "hidden"
		}
		tokens, table := m.Positions(choice.Output)
		assert.Equal(t, want, tokens, name)
		if want > 0 {
			assert.Equal(t, "places", table, name)
		} else {
			assert.Empty(t, table, name)
		}
		tokens, _ = m.Positions("embedded")
		if name != "positions_embed" {
			assert.Zero(t, tokens, "%s: what comes before the places does not depend on them", name)
		}
		require.NoError(t, m.Close())
	}
}

// The models of gopkg/onnx's tests look up position_ids.
func TestPositionsOfSmallModels(t *testing.T) {
	for name, want := range map[string]int64{"hidden": 64, "fixed": 64, "two": 0, "decoder": 0} {
		m, err := graph.Open(filepath.Join("..", "..", "..", "testdata", "onnx", name+".onnx"))
		require.NoError(t, err)
		tokens, _ := m.Positions(map[bool]string{true: "first", false: "last_hidden_state"}[name == "two"])
		assert.Equal(t, want, tokens, name)
		require.NoError(t, m.Close())
	}
}
