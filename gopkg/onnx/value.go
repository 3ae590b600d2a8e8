package onnx

import (
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// elementBytes is the size of one element of the types that are fed or read, 0 for others.
func elementBytes(t graph.ElemType) int {
	switch t {
	case graph.Int8, graph.Bool:
		return 1
	case graph.Float16, graph.BFloat16:
		return 2
	case graph.Float32, graph.Int32:
		return 4
	case graph.Int64:
		return 8
	default:
		return 0
	}
}

// dtypeOf is what the kernel calls an activation of this type.
func dtypeOf(t graph.ElemType) (d q2.Dtype, ok bool) {
	switch t {
	case graph.Float32:
		return q2.FP32, true
	case graph.Float16:
		return q2.FP16, true
	case graph.BFloat16:
		return q2.BF16, true
	case graph.Int8:
		return q2.Q8, true
	default:
		return 0, false
	}
}
