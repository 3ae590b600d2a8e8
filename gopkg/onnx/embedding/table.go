package embedding

import "slices"

// Table is the matrix that token ids index.
type Table struct {
	Weight     string // the initializer's name
	Vocabulary int    // its rows
}

// lookups are the operators that fetch rows by index, with the places of the table and of the indices among their inputs.
var lookups = map[string]struct{ table, ids int }{
	"Gather":                  {0, 1},
	"GatherBlockQuantized":    {0, 1},
	"EmbedLayerNormalization": {2, 0},
}

// Operators that change how ids are held, not which they are; and those that turn stored weights into the table used.
var (
	reshapesIDs  = []string{"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"}
	decodesTable = []string{"Cast", "Identity", "DequantizeLinear", "Mul", "Sub", "Add"}
)

// Find reads the model at path and finds the table that its input named ids indexes: back from each lookup, through what only
// changes the form of either side. ok is false if the main graph has none. A file that is no ONNX model wraps ErrMalformed.
func Find(path, ids string) (t Table, ok bool, err error) {
	g, err := read(path)
	if err != nil {
		return Table{}, false, err
	}
	t, ok = g.find(ids)
	return t, ok, nil
}

func (g *structure) find(ids string) (Table, bool) {
	made := g.makers()
	for _, n := range g.nodes {
		at, known := lookups[n.op]
		if !known || len(n.inputs) <= max(at.table, at.ids) || !made.leads(n.inputs[at.ids], ids) {
			continue
		}
		if weight, ok := g.table(made, n.inputs[at.table]); ok {
			return Table{weight, int(g.weights[weight][0])}, true
		}
	}
	return Table{}, false
}

type makers map[string]*node

func (g *structure) makers() makers {
	m := makers{}
	for i := range g.nodes {
		for _, output := range g.nodes[i].outputs {
			m[output] = &g.nodes[i]
		}
	}
	return m
}

// leads tells whether value is the model input, or comes from it by a change of form.
func (m makers) leads(value, input string) bool {
	for range len(m) + 1 {
		if value == input {
			return true
		}
		n := m[value]
		if n == nil || !slices.Contains(reshapesIDs, n.op) || len(n.inputs) == 0 {
			return false
		}
		value = n.inputs[0]
	}
	return false // the names go in a circle: no valid model
}

// table finds the stored matrix behind value: of quantised weights, their scales and their zero points, the one with most columns.
func (g *structure) table(m makers, value string) (weight string, ok bool) {
	pending, seen := []string{value}, map[string]bool{}
	for len(pending) > 0 {
		value, pending = pending[0], pending[1:]
		if seen[value] {
			continue
		}
		seen[value] = true
		if dims, stored := g.weights[value]; stored {
			if len(dims) == 2 && dims[0] > 0 && (!ok || dims[1] > g.weights[weight][1]) {
				weight, ok = value, true
			}
		} else if n := m[value]; n != nil && slices.Contains(decodesTable, n.op) {
			pending = append(pending, n.inputs...)
		}
	}
	return weight, ok
}
