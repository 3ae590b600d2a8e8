package graph

// dynamicOps scale a whole tensor by its own largest elements when the model runs. The rows of a batch then share a scale, and each text's
// result depends on the texts and the padding that it is run with.
var dynamicOps = map[string]bool{
	"DynamicQuantizeLinear": true, microsoft + "DynamicQuantizeMatMul": true, microsoft + "DynamicQuantizeLSTM": true,
}

// noteDynamic takes down that the node itself scales dynamically.
func (n *node) noteDynamic() {
	if dynamicOps[n.kind()] {
		n.dynamic = n.label()
	}
}

// DynamicScale names a node that the value depends on and that scales a whole tensor by its largest elements at run time, as
// models with int8 activations do that were quantised "dynamically"; "" if there is none. Where there is one, a text's hidden state depends on
// what it shares a run with.
func (m *Model) DynamicScale(value string) string {
	used := m.reach([]string{value})
	for i := range m.nodes {
		n := &m.nodes[i]
		if !used.nodes[i] {
			continue
		}
		if n.dynamic != "" {
			return n.dynamic
		}
		if m.functions[n.kind()] && m.dynamicFunction != "" {
			return m.dynamicFunction
		}
	}
	return ""
}
