package graph

import (
	"strconv"
	"strings"
)

// Lowest versions of the default operator set for what is added.
const (
	opsetGatherND     = 11 // GatherND, Range
	opsetBatchDims    = 12 // GatherND with batch_dims
	opsetAxesAsInputs = 13 // ReduceSum, Unsqueeze: axes became an input
	opsetOldest       = 7  // what ONNX Runtime itself supports
)

// builder collects the nodes that cut a hidden state to one row per text.
type builder struct {
	m      *Model
	fields []byte
	taken  map[string]bool
	opset  int64
}

// add appends a node and returns the name of its output, made from a hint.
func (b *builder) add(op, hint string, in []string, attrs ...[]byte) string {
	out := b.m.fresh(b.taken, "q2/"+hint)
	b.fields = append(b.fields, nodeField(op, in, out, attrs...)...)
	return out
}

func (b *builder) constant(hint string, dims []int64, elements ...int64) string {
	return b.add("Constant", hint, nil, int64Attr(dims, elements...))
}

// lastToken appends the nodes that make out, [batch, n], from hidden, [batch, sequence, n].
func (b *builder) lastToken(hidden, out string, mask *Value) {
	if mask == nil {
		last := b.constant("last", nil, -1)
		b.fields = append(b.fields, nodeField("Gather", []string{hidden, last}, out, intAttr("axis", 1))...)
		return
	}
	index := b.fromEnd(*mask)
	if b.opset >= opsetBatchDims {
		b.fields = append(b.fields, nodeField("GatherND", []string{hidden, index}, out, intAttr("batch_dims", 1))...)
		return
	}
	b.fields = append(b.fields, nodeField("GatherND", []string{hidden, b.withRow(index, mask.Name)}, out)...)
}

// fromEnd is the last real token's index counted from the end, [batch, 1]: −1 − the number of padding tokens. It is sum(mask) − 1 written
// from the other side: right too where the mask covers cached tokens before the sequence, and out of bounds, so an
// error of the run, where a text has no real token at all.
func (b *builder) fromEnd(mask Value) string {
	value := mask.Name
	if mask.Elem != Int64 {
		value = b.add("Cast", "mask", []string{value}, intAttr("to", int64(Int64)))
	}
	one := b.constant("one", []int64{1}, 1)
	padding := b.add("Sub", "padding", []string{value, one})
	var count string // the axis is 1, so the constant serves as the list of axes too
	if b.opset >= opsetAxesAsInputs {
		count = b.add("ReduceSum", "padding_count", []string{padding, one}, intAttr("keepdims", 1))
	} else {
		count = b.add("ReduceSum", "padding_count", []string{padding}, intsAttr("axes", 1), intAttr("keepdims", 1))
	}
	return b.add("Sub", "index", []string{count, one})
}

// withRow puts the text's number before its index, [batch, 2], for the GatherND without batch_dims.
func (b *builder) withRow(index, mask string) string {
	zero := b.constant("zero", nil, 0)
	shape := b.add("Shape", "mask_shape", []string{mask})
	batch := b.add("Gather", "batch", []string{shape, zero}, intAttr("axis", 0))
	row := b.add("Range", "rows", []string{zero, batch, b.constant("step", nil, 1)})
	column := b.add("Unsqueeze", "row_column", []string{row}, intsAttr("axes", 1))
	return b.add("Concat", "row_and_index", []string{column, index}, intAttr("axis", 1))
}

// fresh returns a name that neither the model nor taken has, and takes it.
func (m *Model) fresh(taken map[string]bool, hint string) string {
	name := hint
	for i := 2; ; i++ {
		if _, used := m.names[name]; !used && !taken[name] {
			taken[name] = true
			return name
		}
		name = hint + "_" + strconv.Itoa(i)
	}
}

// maskFor finds the input that tells real tokens from padding; nil means that the last position is the last token.
func (m *Model) maskFor(o Options, used reached) (*Value, error) {
	if o.Padding == PadLeft {
		return nil, nil
	}
	name := o.Mask
	if name == "" {
		name = DefaultMask
	}
	mask, ok := m.input(name)
	if !ok {
		return nil, m.noMask(o, name, used)
	}
	switch {
	case len(mask.Shape) != 2:
		return nil, refuse("the mask is %s instead of [batch, sequence]", mask)
	case mask.Elem != Int64 && mask.Elem != Int32 && mask.Elem != Bool && mask.Elem != Float32:
		return nil, refuse("the mask is %s: its element type is none of int64, int32, bool and float32", mask)
	}
	return &mask, nil
}

// noMask: a model without a mask takes no padding, but one whose mask has another name would be cut at the wrong token.
func (m *Model) noMask(o Options, name string, used reached) error {
	if o.Mask != "" {
		return refuse("the model has no input %q", name)
	}
	for _, v := range m.Inputs {
		if used.values[v.Name] && strings.Contains(strings.ToLower(v.Name), "mask") {
			return refuse("the model has no input %q but one named %q: name the mask that tells real tokens from padding, or say that padding is on the left", name, v.Name)
		}
	}
	return nil
}
