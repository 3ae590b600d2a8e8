package graph

import (
	"fmt"
	"strings"
)

// hiddenNames are the names that exporters give hidden states, best first.
var hiddenNames = []string{"last_hidden_state", "hidden_states", "last_conv_hidden_states", "encoder_last_hidden_state"}

// Choice is the output taken as hidden state, and why; or, with an empty Output, why none is.
type Choice struct {
	Output string `json:"output"`
	Why    string `json:"why"`
}

// Verdict is one output and why it is not the hidden state.
type Verdict struct {
	Output string `json:"output"`
	Why    string `json:"why"`
}

// ChooseHidden picks the output that is the hidden state: by name where it has three dimensions, else the only output of three dimensions that is
// neither logits nor cache. vocabulary is the logits' width; 0 takes it from the embedding table. The verdicts cover the other outputs.
func (m *Model) ChooseHidden(vocabulary int64) (Choice, []Verdict) {
	if vocabulary <= 0 {
		vocabulary = m.Vocabulary()
	}
	for _, name := range hiddenNames {
		if v, ok := m.output(name); ok && len(v.Shape) == 3 {
			return m.chosen(Choice{name, fmt.Sprintf("named %s, with three dimensions", name)}, vocabulary)
		}
	}
	var left []string
	for _, v := range m.Outputs {
		if notHidden(v, vocabulary) == "" {
			left = append(left, v.Name)
		}
	}
	switch len(left) {
	case 0:
		return m.chosen(Choice{Why: "no output is a hidden state"}, vocabulary)
	case 1:
		return m.chosen(Choice{left[0], "the only output of three dimensions that is neither logits nor cache"}, vocabulary)
	}
	return m.chosen(Choice{Why: "several outputs could be the hidden state (" + strings.Join(left, ", ") + "); name one"}, vocabulary)
}

func (m *Model) chosen(c Choice, vocabulary int64) (Choice, []Verdict) {
	var others []Verdict
	for _, v := range m.Outputs {
		if v.Name == c.Output {
			continue
		}
		why := notHidden(v, vocabulary)
		if why == "" {
			why = "another output was taken"
			if c.Output == "" {
				why = "not the only candidate"
			}
		}
		others = append(others, Verdict{v.Name, why})
	}
	return c, others
}

// notHidden says why an output is no hidden state, "" when nothing speaks against it.
func notHidden(v Value, vocabulary int64) string {
	switch {
	case isCache(v.Name):
		return "a cache of keys and values"
	case isLogits(v, vocabulary) && v.Name == "logits":
		return "named logits"
	case isLogits(v, vocabulary):
		return fmt.Sprintf("logits: its last dimension is the vocabulary's %d", vocabulary)
	case v.Kind != "" && v.Kind != "tensor":
		return "a " + v.Kind + ", not a tensor"
	case !isActivation(v.Elem):
		return "its elements are " + v.Elem.String() + ", not activations"
	case v.Shape == nil:
		return "its shape is not known"
	case len(v.Shape) != 3:
		return fmt.Sprintf("it has %d dimensions instead of 3", len(v.Shape))
	}
	return ""
}

// isActivation: a type that hidden states come in; an unknown one may be.
func isActivation(e ElemType) bool {
	switch e {
	case Unknown, Float32, Float16, BFloat16, Int8:
		return true
	}
	return false
}

func isCache(name string) bool {
	return strings.HasPrefix(name, "present") || strings.HasPrefix(name, "past")
}

func isLogits(v Value, vocabulary int64) bool {
	return v.Name == "logits" || (vocabulary > 0 && len(v.Shape) > 0 && v.Shape.last().Size == vocabulary)
}

// Vocabulary is the number of rows of the table that input_ids looks up, 0 when there is none to be found.
func (m *Model) Vocabulary() int64 {
	for i := range m.nodes {
		n := &m.nodes[i]
		ids, table := 1, 0
		switch n.kind() {
		case "Gather", microsoft + "GatherBlockQuantized":
		case microsoft + "EmbedLayerNormalization":
			ids, table = 0, 2
		default:
			continue
		}
		f := m.facts[n.input(table)]
		if f.fixed && len(f.shape) == 2 && f.shape[0].Size > 0 && m.isTokenIDs(n.input(ids)) {
			return f.shape[0].Size
		}
	}
	return 0
}

// isTokenIDs: the value is input_ids, possibly in another integer type or shape.
func (m *Model) isTokenIDs(value string) bool {
	for depth := 0; depth < scaleDepth; depth++ {
		if value == "input_ids" {
			return true
		}
		n := m.producer(value)
		if n == nil || (n.kind() != "Cast" && n.kind() != "Identity" && n.kind() != "Reshape") {
			return false
		}
		value = n.input(0)
	}
	return false
}

// logitsOutput finds the output to walk back from.
func (m *Model) logitsOutput(wanted string, vocabulary int64) (string, error) {
	if wanted != "" {
		if _, ok := m.output(wanted); !ok {
			return "", refuse("the model has no output %q; it has %s", wanted, m.outputList())
		}
		return wanted, nil
	}
	var candidates []string
	for _, v := range m.Outputs {
		if v.Name == "logits" {
			return v.Name, nil
		}
		if !isCache(v.Name) && (strings.HasSuffix(v.Name, "logits") || isLogits(v, vocabulary)) {
			candidates = append(candidates, v.Name)
		}
	}
	switch len(candidates) {
	case 0:
		choice, _ := m.ChooseHidden(vocabulary)
		if choice.Output != "" {
			choice.Why = "output " + choice.Output + " is the hidden state already"
		}
		return "", refuse("%s, and none is logits; the model has %s", choice.Why, m.outputList())
	case 1:
		return candidates[0], nil
	}
	return "", refuse("two candidates for logits or more: %s; name one", strings.Join(candidates, ", "))
}

// outputList names every output with type and shape.
func (m *Model) outputList() string {
	if len(m.Outputs) == 0 {
		return "no outputs"
	}
	parts := make([]string, len(m.Outputs))
	for i, v := range m.Outputs {
		parts[i] = v.String()
	}
	return strings.Join(parts, "; ")
}
