package onnx

import (
	"fmt"
	"slices"
	"strings"
)

// hiddenNames are the names under which models export their hidden state, the best first.
var hiddenNames = []string{"last_hidden_state", "hidden_states", "last_conv_hidden_states", "encoder_last_hidden_state"}

// Output is an output of a model and the verdict on it.
type Output struct {
	Value
	Chosen bool   `json:"chosen"`
	Why    string `json:"why"`
}

// Selection is the output that holds the hidden state.
type Selection struct {
	Value
	Why string `json:"why"`
}

// choose finds the hidden state among a model's outputs. named is the caller's own choice, "" for none; vocabulary is its size, 0 where
// nobody knows. The outputs come back with a verdict each. err is a *SelectionError.
func choose(outputs []Value, named string, vocabulary int) (Selection, []Output, error) {
	verdicts := make([]Output, len(outputs))
	for i, o := range outputs {
		verdicts[i] = Output{Value: o, Why: ruledOut(o, vocabulary)}
	}
	at, why, lack := pick(verdicts, named)
	if lack != "" {
		return Selection{}, verdicts, &SelectionError{lack, verdicts}
	}
	for i := range verdicts {
		if verdicts[i].Why == "" {
			verdicts[i].Why = fmt.Sprintf("%q comes first", verdicts[at].Name)
		}
	}
	verdicts[at].Chosen, verdicts[at].Why = true, why
	selection := Selection{verdicts[at].Value, why}
	if _, ok := selection.Type.dtype(); !ok {
		return Selection{}, verdicts, &SelectionError{fmt.Sprintf("the hidden state %q has elements of type %s; float32, float16, bfloat16 and int8 can be quantised",
			selection.Name, selection.Type), verdicts}
	}
	return selection, verdicts, nil
}

// ruledOut says why an output that no rule names can't be the hidden state, or "" if it could be.
func ruledOut(o Value, vocabulary int) string {
	_, activation := o.Type.dtype()
	switch {
	case o.Type == NoTensor:
		return "it is no tensor"
	case isLogits(o, 0):
		return "logits by its name"
	case isCache(o.Name):
		return "a cache by its name"
	case len(o.Shape) != 3:
		return fmt.Sprintf("%s, and a hidden state has 3", dimensions(len(o.Shape)))
	case isLogits(o, vocabulary):
		return fmt.Sprintf("logits: its last dimension is the vocabulary's size, %d", vocabulary)
	case !activation:
		return fmt.Sprintf("%s is no activation", o.Type)
	}
	return ""
}

func dimensions(rank int) string {
	if rank == 1 {
		return "1 dimension"
	}
	return fmt.Sprintf("%d dimensions", rank)
}

func isLogits(o Value, vocabulary int) bool {
	return o.Name == "logits" || vocabulary > 0 && len(o.Shape) == 3 && o.Shape[2] == int64(vocabulary)
}

// isCache knows the names of caches that models put out for their own next run.
func isCache(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "present") || strings.HasPrefix(name, "past") || strings.Contains(name, "key_values") || strings.Contains(name, "cache")
}

// pick returns the index of the hidden state and why it is that, or what the model lacks.
func pick(outputs []Output, named string) (at int, why, lack string) {
	if named != "" {
		return pickNamed(outputs, named)
	}
	for _, name := range hiddenNames {
		at := indexOf(outputs, name)
		if at >= 0 && len(outputs[at].Shape) == 3 {
			return at, "named " + name + ", with 3 dimensions", ""
		}
	}
	return pickOnly(outputs)
}

func indexOf(outputs []Output, name string) int {
	return slices.IndexFunc(outputs, func(o Output) bool { return o.Name == name })
}

func pickNamed(outputs []Output, named string) (at int, why, lack string) {
	at = indexOf(outputs, named)
	switch {
	case at < 0:
		return 0, "", fmt.Sprintf("the model has no output %q", named)
	case len(outputs[at].Shape) != 3:
		return 0, "", fmt.Sprintf("the output %q has %s, and a hidden state has 3: [batch, sequence, n]", named, dimensions(len(outputs[at].Shape)))
	}
	return at, "named by the caller", ""
}

func pickOnly(outputs []Output) (at int, why, lack string) {
	var left []string
	for i, o := range outputs {
		if o.Why == "" {
			left, at = append(left, o.Name), i
		}
	}
	switch len(left) {
	case 1:
		return at, "the only output with 3 dimensions that is neither logits nor a cache", ""
	case 0:
		return 0, "", fmt.Sprintf("the model puts out no hidden state: it has no %s with 3 dimensions [batch, sequence, n], and no other such output "+
			"but logits and caches; export it with its last hidden state as an output", strings.Join(hiddenNames, ", "))
	}
	for i := range outputs {
		if outputs[i].Why == "" {
			outputs[i].Why = "it could be"
		}
	}
	return 0, "", fmt.Sprintf("%d outputs could be the hidden state (%s): name one", len(left), strings.Join(left, ", "))
}
