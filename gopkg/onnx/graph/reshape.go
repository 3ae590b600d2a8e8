package graph

import "math"

// The rules that move dimensions about, and those that compute shapes from shapes.

func shapeRule(n *node, in []fact) []fact {
	s := at(in, 0).shape
	if s == nil || n.attr("start") != nil || n.attr("end") != nil {
		return one(Int64, Shape{unknownDim})
	}
	ints := make([]known, len(s))
	for i, d := range s {
		ints[i] = known{d.Size, d.Size >= 0}
	}
	return []fact{{elem: Int64, shape: Shape{sized(int64(len(s)))}, ints: ints}}
}

func gatherRule(n *node, in []fact) []fact {
	data, idx := at(in, 0), at(in, 1)
	if data.shape == nil || idx.shape == nil {
		return one(data.elem, nil)
	}
	axis, ok := axisOf(n.number("axis", 0), len(data.shape))
	if !ok {
		return one(data.elem, nil)
	}
	s := append(Shape{}, data.shape[:axis]...)
	s = append(append(s, idx.shape...), data.shape[axis+1:]...)
	return []fact{{elem: data.elem, shape: s, ints: picked(data, idx)}}
}

// picked are the elements of a vector of integers at known indices.
func picked(data, idx fact) []known {
	where, ok := idx.values()
	if !ok || data.ints == nil || len(data.shape) != 1 {
		return nil
	}
	list := make([]known, len(where))
	for i, w := range where {
		j, ok := axisOf(w, len(data.ints))
		if !ok {
			return nil
		}
		list[i] = data.ints[j]
	}
	return list
}

func gatherNDRule(n *node, in []fact) []fact {
	data, idx := at(in, 0), at(in, 1)
	batch := n.number("batch_dims", 0)
	if data.shape == nil || idx.shape == nil || len(idx.shape) == 0 || batch < 0 || batch >= int64(len(idx.shape)) {
		return one(data.elem, nil)
	}
	depth := idx.shape.last().Size
	if depth < 1 || depth+batch > int64(len(data.shape)) {
		return one(data.elem, nil)
	}
	s := append(Shape{}, idx.shape[:len(idx.shape)-1]...)
	return one(data.elem, append(s, data.shape[batch+depth:]...))
}

func unsqueezeRule(n *node, in []fact) []fact {
	x := at(in, 0)
	list, ok := axes(n, in, 1)
	if !ok || x.shape == nil || len(list) > inferredRank {
		return one(x.elem, nil)
	}
	out := make(Shape, len(x.shape)+len(list))
	added := make([]bool, len(out))
	for _, a := range list {
		i, ok := axisOf(a, len(out))
		if !ok || added[i] {
			return one(x.elem, nil)
		}
		added[i], out[i] = true, sized(1)
	}
	rest := x.shape
	for i := range out {
		if !added[i] {
			out[i], rest = rest[0], rest[1:]
		}
	}
	return []fact{{elem: x.elem, shape: out, ints: x.ints}}
}

func squeezeRule(n *node, in []fact) []fact {
	x := at(in, 0)
	list, ok := axes(n, in, 1)
	if !ok || x.shape == nil {
		return one(x.elem, nil)
	}
	gone := make([]bool, len(x.shape))
	for _, a := range list {
		i, ok := axisOf(a, len(x.shape))
		if !ok {
			return one(x.elem, nil)
		}
		gone[i] = true
	}
	out := Shape{}
	for i, d := range x.shape {
		if !gone[i] {
			out = append(out, d)
		}
	}
	return []fact{{elem: x.elem, shape: out, ints: x.ints}}
}

func concatRule(n *node, in []fact) []fact {
	first := at(in, 0)
	if first.shape == nil {
		return one(first.elem, nil)
	}
	axis, ok := axisOf(n.number("axis", 0), len(first.shape))
	if !ok {
		return one(first.elem, nil)
	}
	out := append(Shape{}, first.shape...)
	for _, f := range in[1:] {
		if len(f.shape) != len(out) {
			return one(first.elem, nil)
		}
		if out[axis].Size < 0 || f.shape[axis].Size < 0 {
			out[axis] = unknownDim
		} else {
			out[axis] = sized(out[axis].Size + f.shape[axis].Size)
		}
	}
	return []fact{{elem: first.elem, shape: out, ints: joined(in)}}
}

// joined appends vectors of integers; an element that is not known stays in its place, so that the length is known.
func joined(in []fact) []known {
	list := []known{}
	for _, f := range in {
		if !f.elem.isInteger() || len(f.shape) != 1 || f.shape[0].Size < 0 || int64(len(list))+f.shape[0].Size > smallTensor {
			return nil
		}
		if f.ints == nil {
			list = append(list, make([]known, f.shape[0].Size)...)
		} else {
			list = append(list, f.ints...)
		}
	}
	return list
}

func reshapeRule(n *node, in []fact) []fact {
	x, to := at(in, 0), at(in, 1)
	wanted := to.ints
	if wanted == nil && len(to.shape) == 1 && to.shape[0].Size >= 0 && to.shape[0].Size <= inferredRank {
		wanted = make([]known, to.shape[0].Size)
	}
	if wanted == nil {
		return one(x.elem, nil)
	}
	out := make(Shape, len(wanted))
	for i, w := range wanted {
		switch {
		case w.ok && w.v > 0, w.ok && w.v == 0 && n.number("allowzero", 0) != 0:
			out[i] = sized(w.v)
		case w.ok && w.v == 0 && i < len(x.shape):
			out[i] = x.shape[i]
		case w.ok && w.v == -1:
			out[i] = remaining(x.shape, wanted)
		default:
			out[i] = unknownDim
		}
	}
	return one(x.elem, out)
}

// remaining is what −1 stands for, when every dimension that is not copied in place is a number.
func remaining(from Shape, wanted []known) Dim {
	total, divisor := int64(1), int64(1)
	for i, d := range from {
		if i < len(wanted) && wanted[i] == (known{0, true}) {
			continue
		}
		if d.Size < 1 || total > 1<<40/d.Size {
			return unknownDim
		}
		total *= d.Size
	}
	for i, w := range wanted {
		switch {
		case !w.ok, w.v == 0 && i >= len(from), w.v > 1<<40:
			return unknownDim
		case w.v > 0:
			divisor = min(divisor*w.v, 1<<41)
		}
	}
	if from == nil || total%divisor != 0 {
		return unknownDim
	}
	return sized(total / divisor)
}

func flattenRule(n *node, in []fact) []fact {
	x := at(in, 0)
	last := unknownDim
	if axis, ok := axisOf(n.number("axis", 1), len(x.shape)); ok && axis == len(x.shape)-1 {
		last = x.shape.last()
	}
	return one(x.elem, Shape{unknownDim, last})
}

func transposeRule(n *node, in []fact) []fact {
	x := at(in, 0)
	out := make(Shape, len(x.shape))
	a := n.attr("perm")
	for i := range out {
		from := len(out) - 1 - i
		if a != nil {
			if len(a.ints) != len(out) || a.ints[i] < 0 || a.ints[i] >= int64(len(out)) {
				return one(x.elem, nil)
			}
			from = int(a.ints[i])
		}
		out[i] = x.shape[from]
	}
	if x.shape == nil {
		out = nil
	}
	return one(x.elem, out)
}

// sliceRule forgets the sizes along the sliced axes, but for the cut to the last element, which leaves one.
func sliceRule(n *node, in []fact) []fact {
	x := at(in, 0)
	list, ok := axes(n, in, 3)
	if x.shape == nil || !ok {
		return one(x.elem, forgotten(x.shape))
	}
	out := append(Shape{}, x.shape...)
	for _, a := range list {
		i, ok := axisOf(a, len(out))
		if !ok {
			return one(x.elem, nil)
		}
		out[i] = unknownDim
		if len(list) == 1 && takesLast(n, in) {
			out[i] = sized(1)
		}
	}
	return one(x.elem, out)
}

// takesLast: [-1:] along the only axis.
func takesLast(n *node, in []fact) bool {
	starts, ends := bounds(n, in, "starts", 1), bounds(n, in, "ends", 2)
	return len(starts) == 1 && starts[0] == -1 && len(ends) == 1 && ends[0] >= math.MaxInt32
}

// bounds reads a Slice's starts or ends: inputs since version 10, attributes before.
func bounds(n *node, in []fact, attribute string, input int) []int64 {
	if a := n.attr(attribute); a != nil {
		return a.ints
	}
	list, _ := at(in, input).values()
	return list
}

// forgotten has the rank and nothing else.
func forgotten(s Shape) Shape {
	if s == nil {
		return nil
	}
	out := make(Shape, len(s))
	for i := range out {
		out[i] = unknownDim
	}
	return out
}

func expandRule(n *node, in []fact) []fact {
	x, to := at(in, 0), at(in, 1)
	if x.shape == nil || to.ints == nil {
		return one(x.elem, nil)
	}
	target := make(Shape, len(to.ints))
	for i, k := range to.ints {
		target[i] = unknownDim
		if k.ok {
			target[i] = sized(max(k.v, 1))
		}
	}
	return one(x.elem, broadcast(x.shape, target))
}

func constantOfShapeRule(n *node, in []fact) []fact {
	elem := Float32
	if a := n.attr("value"); a != nil && a.tensor != nil {
		elem = a.tensor.elem
	}
	dims, ok := at(in, 0).values()
	if !ok {
		return one(elem, nil)
	}
	out := make(Shape, len(dims))
	for i, d := range dims {
		out[i] = sized(max(d, -1))
	}
	return one(elem, out)
}

// reduceRule keeps the rank where keepdims does; which sizes remain, it does not follow.
func reduceRule(n *node, in []fact) []fact {
	x := at(in, 0)
	list, ok := axes(n, in, 1)
	if x.shape == nil || !ok || n.number("keepdims", 1) == 0 {
		return one(x.elem, nil)
	}
	out := append(Shape{}, x.shape...)
	for _, a := range list {
		i, ok := axisOf(a, len(out))
		if !ok {
			return one(x.elem, nil)
		}
		out[i] = sized(1)
	}
	return one(x.elem, out)
}
