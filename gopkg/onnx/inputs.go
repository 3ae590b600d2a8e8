package onnx

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// role is what an input means.
type role int

const (
	tokenIDs role = iota
	attentionMask
	tokenTypes
	positions
	past
)

// Element types that an input of each role may have.
var (
	integers  = []graph.ElemType{graph.Int64, graph.Int32}
	maskTypes = []graph.ElemType{graph.Int64, graph.Int32, graph.Bool, graph.Float32}
)

// input is a model's input, what it means, and where it lies in the memory of a run.
type input struct {
	graph.Value
	role role
	// dims is the shape fed: of all but a past [batch, length], filled in for each run; of a past with a length of 0.
	dims []int64
	// batchAt is the dimension that is the number of texts, −1 if it is always 1.
	batchAt int
	start   int // in the memory of a run
}

// inputPlan is how a model is fed.
type inputPlan struct {
	inputs  []input
	padding graph.Padding
	// length is the only length that the model takes, 0 if it takes any. Shorter texts are padded to it.
	length int
	// single: the model takes one text at a time.
	single bool
}

// planInputs finds out how to feed a model's inputs; mask names the attention mask, "" for the usual name. err is an *InputError that names the
// input that can't be fed.
func planInputs(values []graph.Value, mask string, padding graph.Padding) (inputPlan, error) {
	p := inputPlan{padding: padding}
	mask = cmp.Or(mask, graph.DefaultMask)
	for _, v := range values {
		in, err := planInput(v, mask)
		if err != nil {
			return inputPlan{}, err
		}
		if in.role != past {
			if err := p.agree(v); err != nil {
				return inputPlan{}, err
			}
		}
		p.single = p.single || in.batchAt < 0
		p.inputs = append(p.inputs, in)
	}
	if !p.has(tokenIDs) {
		return inputPlan{}, &InputError{graph.Value{Name: "input_ids"}, "the model has none, and token ids are what this package feeds"}
	}
	if p.length > 0 && !p.has(attentionMask) {
		return inputPlan{}, &InputError{values[0], fmt.Sprintf("the model takes exactly %d token ids and has no %s, so shorter texts can't be padded", p.length, mask)}
	}
	return p, nil
}

func (p *inputPlan) has(r role) bool {
	return slices.ContainsFunc(p.inputs, func(in input) bool { return in.role == r })
}

// pads: texts of different lengths may share a run.
func (p *inputPlan) pads() bool { return !p.single && p.has(attentionMask) }

// lengthOf is the length of a run whose longest text is that long.
func (p *inputPlan) lengthOf(longest int) int { return cmp.Or(p.length, longest) }

func planInput(v graph.Value, mask string) (input, error) {
	switch v.Name {
	case mask:
		return planRows(v, attentionMask, maskTypes)
	case "input_ids":
		return planRows(v, tokenIDs, integers)
	case "token_type_ids":
		return planRows(v, tokenTypes, integers)
	case "position_ids":
		return planRows(v, positions, integers)
	}
	if strings.HasPrefix(v.Name, "past") {
		return planPast(v)
	}
	if strings.Contains(strings.ToLower(v.Name), "mask") {
		return input{}, &InputError{v, "if it tells real tokens from padding, name it as the mask (Options.Mask)"}
	}
	return input{}, &InputError{v, "only input_ids, " + mask + ", token_type_ids, position_ids and past_key_values are known; export the model without it"}
}

// planRows is for inputs with one element a token.
func planRows(v graph.Value, r role, types []graph.ElemType) (input, error) {
	if !slices.Contains(types, v.Elem) {
		return input{}, &InputError{v, "its elements must be " + alternatives(types)}
	}
	if len(v.Shape) != 2 || v.Shape[0].Size >= 0 && v.Shape[0].Size != 1 {
		return input{}, &InputError{v, "its shape must be [batch, sequence], and the batch 1 or open"}
	}
	in := input{Value: v, role: r, dims: []int64{1, 0}}
	if v.Shape[0].Size == 1 {
		in.batchAt = -1
	}
	return in, nil
}

func alternatives(types []graph.ElemType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	return strings.Join(names, " or ")
}

// planPast feeds a cache that holds nothing yet: of its open dimensions the first is the batch and the last the length.
func planPast(v graph.Value) (input, error) {
	in := input{Value: v, role: past, batchAt: -1}
	var open []int
	for i, d := range v.Shape {
		in.dims = append(in.dims, d.Size)
		if d.Size < 0 {
			open = append(open, i)
		}
	}
	if elementBytes(v.Elem) == 0 {
		return input{}, &InputError{v, "a past of this type is not known"}
	}
	if len(open) < 1 || len(open) > 2 {
		return input{}, &InputError{v, "a past must leave open its length, or its batch and its length"}
	}
	in.dims[open[len(open)-1]] = 0
	if len(open) == 2 {
		in.batchAt = open[0]
	}
	return in, nil
}

// agree takes up a fixed length and refuses a second, different one.
func (p *inputPlan) agree(v graph.Value) error {
	fixed := v.Shape[1].Size
	switch {
	case fixed < 0 || fixed > 0 && int64(p.length) == fixed:
		return nil
	case fixed == 0 || p.length != 0 || fixed > maxTokensLimit:
		return &InputError{v, fmt.Sprintf("its length is %d, and it must be open, or the same for all inputs and at most %d", fixed, maxTokensLimit)}
	}
	p.length = int(fixed)
	return nil
}

// shape is what the input is fed in a run of so many texts of a length.
func (in *input) shape(texts, length int) []int64 {
	dims := slices.Clone(in.dims)
	if in.batchAt >= 0 {
		dims[in.batchAt] = int64(texts)
	}
	if in.role != past {
		dims[1] = int64(length)
	}
	return dims
}

// largestID is the largest token id that the model's input type holds.
func (p *inputPlan) largestID() int64 {
	for i := range p.inputs {
		if in := &p.inputs[i]; in.role == tokenIDs && in.Elem == graph.Int32 {
			return math.MaxInt32
		}
	}
	return math.MaxInt64
}
