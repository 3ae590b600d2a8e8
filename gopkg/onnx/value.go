package onnx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/q2kernel/q2/gopkg/q2"
)

// ElementType is the type of a tensor's elements; the numbers are those of ONNX.
type ElementType int

// The element types that this package feeds or reads. Others keep their number.
const (
	NoTensor ElementType = 0 // a sequence, a map, or nothing known
	Float32  ElementType = 1
	Int8     ElementType = 3
	Int32    ElementType = 6
	Int64    ElementType = 7
	Float16  ElementType = 10
	BFloat16 ElementType = 16
)

var elementNames = map[ElementType]string{
	NoTensor: "no tensor", Float32: "float32", 2: "uint8", Int8: "int8", 4: "uint16", 5: "int16", Int32: "int32", Int64: "int64", 8: "string",
	9: "bool", Float16: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", BFloat16: "bfloat16",
}

func (t ElementType) String() string {
	if name, ok := elementNames[t]; ok {
		return name
	}
	return fmt.Sprintf("element type %d", int(t))
}

// MarshalText gives the name.
func (t ElementType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// bytes is the size of one element of the types that are fed or read, 0 for others.
func (t ElementType) bytes() int {
	switch t {
	case Int8:
		return 1
	case Float16, BFloat16:
		return 2
	case Float32, Int32:
		return 4
	case Int64:
		return 8
	default:
		return 0
	}
}

// dtype is what the kernel calls an activation of this type.
func (t ElementType) dtype() (d q2.Dtype, ok bool) {
	switch t {
	case Float32:
		return q2.FP32, true
	case Float16:
		return q2.FP16, true
	case BFloat16:
		return q2.BF16, true
	case Int8:
		return q2.Q8, true
	default:
		return 0, false
	}
}

// Value describes an input or output of a model.
type Value struct {
	Name  string      `json:"name"`
	Shape []int64     `json:"shape"` // -1 is a dimension that the model leaves open
	Type  ElementType `json:"type"`
}

// String is like "logits float32 [?, ?, 30522]".
func (v Value) String() string {
	if v.Type == NoTensor {
		return strconv.Quote(v.Name) + " " + v.Type.String()
	}
	dims := make([]string, len(v.Shape))
	for i, d := range v.Shape {
		dims[i] = "?"
		if d >= 0 {
			dims[i] = strconv.FormatInt(d, 10)
		}
	}
	return fmt.Sprintf("%q %s [%s]", v.Name, v.Type, strings.Join(dims, ", "))
}
