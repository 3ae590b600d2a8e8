package onnx

import (
	"encoding/binary"
	"math"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// line is what inputs are aligned to in the memory of a run.
const line = 64

func wholeLines(size int) int { return (size + line - 1) &^ (line - 1) }

// place gives each input its part of a run's memory, for up to so many tokens, and returns how much that is.
func (p *inputPlan) place(tokens int) (bytes int) {
	for i := range p.inputs {
		in := &p.inputs[i]
		in.start = bytes
		if in.role == past {
			bytes += line // no element of it is ever read, but a tensor wants an address
		} else {
			bytes += wholeLines(tokens * elementBytes(in.Elem))
		}
	}
	return bytes
}

// buffers are the inputs of a run as views of its memory.
func (p *inputPlan) buffers(memory []byte, texts, length int) []buffer {
	buffers := make([]buffer, len(p.inputs))
	for i := range p.inputs {
		in := &p.inputs[i]
		size := line
		if in.role != past {
			size = texts * length * elementBytes(in.Elem)
		}
		buffers[i] = buffer{in.Name, in.Elem, in.shape(texts, length), memory[in.start : in.start+size : in.start+size]}
	}
	return buffers
}

// feed writes texts into a run's memory, all filled up to a length: with id 0, which every vocabulary has, and a mask of 0.
func (p *inputPlan) feed(memory []byte, texts [][]int64, length int) {
	for i := range p.inputs {
		in := &p.inputs[i]
		if in.role == past {
			continue
		}
		for row, ids := range texts {
			first := row * length // of the text's real tokens
			if p.padding == graph.PadLeft {
				first += length - len(ids)
			}
			in.feedRow(memory[in.start:], ids, row*length, first, length)
		}
	}
}

// feedRow writes one text: elements from to from+length, with the real tokens at first.
func (in *input) feedRow(memory []byte, ids []int64, from, first, length int) {
	for at := from; at < from+length; at++ {
		value, token := int64(0), at-first
		real := token >= 0 && token < len(ids)
		switch in.role {
		case tokenIDs:
			if real {
				value = ids[token]
			}
		case attentionMask:
			if real {
				value = 1
			}
		case positions:
			value = int64(max(0, token))
		}
		in.put(memory, at, value)
	}
}

func (in *input) put(memory []byte, at int, value int64) {
	switch in.Elem {
	case graph.Int64:
		binary.NativeEndian.PutUint64(memory[8*at:], uint64(value))
	case graph.Int32:
		binary.NativeEndian.PutUint32(memory[4*at:], uint32(value))
	case graph.Float32:
		binary.NativeEndian.PutUint32(memory[4*at:], math.Float32bits(float32(value)))
	case graph.Bool:
		memory[at] = byte(value)
	}
}
