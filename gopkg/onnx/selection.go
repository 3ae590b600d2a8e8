package onnx

import "github.com/q2kernel/q2/gopkg/onnx/graph"

// Output is an output of a model and the verdict on it.
type Output struct {
	graph.Value
	Chosen bool   `json:"chosen"`
	Why    string `json:"why"`
}

// Selection is the value that is quantised, [batch, sequence, n]; it need not be an output of the file.
type Selection struct {
	graph.Value
	Why string `json:"why"`
}

// verdicts says of each output of the file whether it is the hidden state, and why or why not. s is nil for a model that can't be run.
func verdicts(m *graph.Model, o Options, s *source) []Output {
	choice, others := m.ChooseHidden(int64(o.VocabularySize))
	whys := map[string]string{choice.Output: "another one was named"}
	for _, v := range others {
		whys[v.Output] = v.Why
	}
	outputs := make([]Output, len(m.Outputs))
	for i, v := range m.Outputs {
		outputs[i] = Output{Value: v, Why: whys[v.Name]}
		if s != nil && s.Hidden.Name == v.Name {
			outputs[i].Chosen, outputs[i].Why = true, s.Why
		}
	}
	return outputs
}
