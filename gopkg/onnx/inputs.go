package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
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

var roles = map[string]role{"input_ids": tokenIDs, "attention_mask": attentionMask, "token_type_ids": tokenTypes, "position_ids": positions}

// input is a model's input, what it means, and the memory that it is fed from.
type input struct {
	Value
	role role
	// shape is what is fed; of all but a past, its dimension 1 is the length of the run.
	shape  []int64
	memory []byte
}

// inputPlan is how a model is fed: one sequence at a time.
type inputPlan struct {
	inputs []input
	// length is the only length that the model takes, 0 if it takes any. Shorter texts are padded to it.
	length int
}

// planInputs finds out how to feed a model's inputs; err is an *InputError that names the one that can't be.
func planInputs(values []Value) (inputPlan, error) {
	var p inputPlan
	for _, v := range values {
		in, err := planInput(v)
		if err != nil {
			return inputPlan{}, err
		}
		if in.role != past {
			if err := p.agree(v); err != nil {
				return inputPlan{}, err
			}
		}
		p.inputs = append(p.inputs, in)
	}
	if !p.has(tokenIDs) {
		return inputPlan{}, &InputError{Value{Name: "input_ids"}, "the model has none, and token ids are what this package feeds"}
	}
	if p.length > 0 && !p.has(attentionMask) {
		return inputPlan{}, &InputError{values[0], fmt.Sprintf("the model takes exactly %d token ids and has no attention_mask, so shorter texts can't be padded", p.length)}
	}
	return p, nil
}

func (p *inputPlan) has(r role) bool {
	return slices.ContainsFunc(p.inputs, func(in input) bool { return in.role == r })
}

func planInput(v Value) (input, error) {
	if r, ok := roles[v.Name]; ok {
		if v.Type != Int64 && v.Type != Int32 {
			return input{}, &InputError{v, "its elements must be int64 or int32"}
		}
		if len(v.Shape) != 2 || v.Shape[0] != 1 && v.Shape[0] != -1 {
			return input{}, &InputError{v, "its shape must be [batch, sequence], and the batch 1 or open"}
		}
		return input{Value: v, role: r, shape: []int64{1, 0}}, nil
	}
	if strings.HasPrefix(v.Name, "past") {
		shape, err := emptyPast(v)
		return input{Value: v, role: past, shape: shape}, err
	}
	return input{}, &InputError{v, "only input_ids, attention_mask, token_type_ids, position_ids and past_key_values are known; export the model without it"}
}

// emptyPast is the shape of a cache that holds nothing yet: of its open dimensions the first is the batch and the last the length.
func emptyPast(v Value) ([]int64, error) {
	var open []int
	for i, d := range v.Shape {
		if d < 0 {
			open = append(open, i)
		}
	}
	if v.Type.bytes() == 0 {
		return nil, &InputError{v, "a past of this type is not known"}
	}
	if len(open) < 1 || len(open) > 2 {
		return nil, &InputError{v, "a past must leave open its length, or its batch and its length"}
	}
	shape := slices.Clone(v.Shape)
	if len(open) == 2 {
		shape[open[0]] = 1
	}
	shape[open[len(open)-1]] = 0
	return shape, nil
}

// agree takes up a fixed length and refuses a second, different one.
func (p *inputPlan) agree(v Value) error {
	fixed := v.Shape[1]
	switch {
	case fixed < 0 || fixed > 0 && int64(p.length) == fixed:
		return nil
	case fixed == 0 || p.length != 0 || fixed > maxTokensLimit:
		return &InputError{v, fmt.Sprintf("its length is %d, and it must be open, or the same for all inputs and at most %d", fixed, maxTokensLimit)}
	}
	p.length = int(fixed)
	return nil
}

// inputBytes is the memory that an input takes for up to maxTokens tokens, in whole cache lines.
func (in input) inputBytes(maxTokens int) int {
	const line = 64
	if in.role == past {
		return line // no element of it is ever read, but a tensor wants an address
	}
	return (maxTokens*in.Type.bytes() + line - 1) &^ (line - 1)
}

func (p *inputPlan) bytes(maxTokens int) (total int) {
	for _, in := range p.inputs {
		total += in.inputBytes(maxTokens)
	}
	return total
}

// place gives each input its part of memory, and fills in what is the same for every text.
func (p *inputPlan) place(memory []byte, maxTokens int) {
	for i := range p.inputs {
		in := &p.inputs[i]
		size := in.inputBytes(maxTokens)
		in.memory, memory = memory[:size:size], memory[size:]
		for at := range maxTokens {
			switch in.role {
			case attentionMask:
				in.set(at, 1)
			case positions:
				in.set(at, int64(at))
			}
		}
	}
}

func (in *input) set(at int, value int64) {
	if in.Type == Int32 {
		binary.NativeEndian.PutUint32(in.memory[4*at:], uint32(value))
		return
	}
	binary.NativeEndian.PutUint64(in.memory[8*at:], uint64(value))
}

// feed writes a text's ids, and for a model of fixed length the padding after them.
func (p *inputPlan) feed(ids []int64) {
	for i := range p.inputs {
		in := &p.inputs[i]
		switch in.role {
		case tokenIDs:
			for at, id := range ids {
				in.set(at, id)
			}
			for at := len(ids); at < p.length; at++ {
				in.set(at, 0)
			}
		case attentionMask:
			for at := range p.length {
				in.set(at, int64(min(1, max(0, len(ids)-at))))
			}
		}
	}
}

// buffers are the inputs for a run of a length, as views of their memory.
func (p *inputPlan) buffers(length int) []buffer {
	buffers := make([]buffer, len(p.inputs))
	for i, in := range p.inputs {
		b := buffer{name: in.Name, kind: in.Type, shape: slices.Clone(in.shape), data: in.memory}
		if in.role != past {
			b.shape[1] = int64(length)
			b.data = in.memory[:length*in.Type.bytes()]
		}
		buffers[i] = b
	}
	return buffers
}

// largestID is the largest token id that the model's input type holds.
func (p *inputPlan) largestID() int64 {
	for _, in := range p.inputs {
		if in.role == tokenIDs && in.Type == Int32 {
			return math.MaxInt32
		}
	}
	return math.MaxInt64
}
