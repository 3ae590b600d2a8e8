package graph

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// What is added to a graph: a handful of nodes, one output, two metadata entries.

func appendText(b []byte, num protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), text)
}

func appendMessage(b []byte, num protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), body)
}

func appendNumber(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

// Numbers of AttributeProto.AttributeType.
const (
	attrInt    = 2
	attrTensor = 4
	attrInts   = 7
)

func intAttr(name string, v int64) []byte {
	return appendNumber(appendNumber(appendText(nil, 1, name), 3, v), 20, attrInt)
}

func intsAttr(name string, list ...int64) []byte {
	b := appendText(nil, 1, name)
	for _, v := range list {
		b = appendNumber(b, 8, v)
	}
	return appendNumber(b, 20, attrInts)
}

// int64Attr is a "value" attribute: a tensor of int64, a scalar when dims is empty.
func int64Attr(dims []int64, elements ...int64) []byte {
	var t, raw []byte
	for _, d := range dims {
		t = appendNumber(t, 1, d)
	}
	t = appendNumber(t, 2, int64(Int64))
	for _, v := range elements {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	t = appendMessage(t, 9, raw)
	return appendNumber(appendMessage(appendText(nil, 1, "value"), 5, t), 20, attrTensor)
}

// nodeField is a node as a field of a graph, named after its output.
func nodeField(op string, in []string, out string, attrs ...[]byte) []byte {
	var b []byte
	for _, name := range in {
		b = appendText(b, 1, name)
	}
	b = appendText(appendText(appendText(b, 2, out), 3, out), 4, op)
	for _, a := range attrs {
		b = appendMessage(b, 5, a)
	}
	return appendMessage(nil, 1, b)
}

// outputField declares an output. Without an element type the type is left out, and ONNX Runtime infers it.
func outputField(v Value) []byte {
	b := appendText(nil, 1, v.Name)
	if v.Elem == Unknown || v.Shape == nil {
		return appendMessage(nil, 12, b)
	}
	var shape []byte
	for _, d := range v.Shape {
		var dim []byte
		switch {
		case d.Size >= 0:
			dim = appendNumber(nil, 1, d.Size)
		case d.Name != "":
			dim = appendText(nil, 2, d.Name)
		}
		shape = appendMessage(shape, 1, dim)
	}
	tensor := appendMessage(appendNumber(nil, 1, int64(v.Elem)), 2, shape)
	return appendMessage(nil, 12, appendMessage(b, 2, appendMessage(nil, 1, tensor)))
}

// metadataField is an entry of the model's metadata_props.
func metadataField(key, value string) []byte {
	return appendMessage(nil, 14, appendText(appendText(nil, 1, key), 2, value))
}
