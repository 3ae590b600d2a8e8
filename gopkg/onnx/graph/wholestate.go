package graph

// wholeState makes h.Hidden the activation of every token, [batch, sequence, n]. Some exports flatten it before the head, or
// pick rows of it: the walk goes on back through those steps. rows is what the logits say of its other dimensions, or nil.
func (m *Model) wholeState(h *Head, rows Shape) error {
	activation := m.learned(h, rows)
	best, steps := activation, 0
	found := m.isWhole(activation, h.N)
	var before []string
	seen := map[string]bool{}
	for value, moved := activation, false; h.N > 0 && !seen[value.Name]; {
		seen[value.Name] = true
		n := m.producer(value.Name)
		if n == nil || !m.picksRows(n) {
			break
		}
		moved = moved || !keepsRank[n.kind()]
		value = m.inner(n.input(0))
		before = append(before, n.kind())
		if moved && m.isWhole(value, h.N) {
			best, steps, moved, found = value, len(before), false, true
		}
	}
	if !found {
		return m.notWhole(h, activation)
	}
	h.value, h.Hidden, h.N = best, best.Name, best.Shape.last().Size
	h.Before = append(h.Before, before[:steps]...)
	return nil
}

// inner is a value of the graph with what is known of it.
func (m *Model) inner(name string) Value {
	f := m.facts[name]
	return Value{Name: name, Elem: f.elem, Shape: f.shape, Kind: "tensor"}
}

// learned is the head's activation with what head and logits say of it added to what the graph says.
func (m *Model) learned(h *Head, rows Shape) Value {
	v := m.inner(h.Hidden)
	if rows != nil {
		v = v.narrowed(append(append(Shape{}, rows...), unknownDim))
	}
	if len(v.Shape) > 0 && v.Shape.last().Size < 0 && h.N > 0 {
		v.Shape = append(append(Shape{}, v.Shape[:len(v.Shape)-1]...), sized(h.N))
	}
	if v.Elem == Unknown {
		v.Elem = h.elem
	}
	return v
}

// narrowed fills the sizes that the shape leaves open from another shape of the same value.
func (v Value) narrowed(by Shape) Value {
	if v.Shape == nil {
		v.Shape = by
		return v
	}
	if len(v.Shape) != len(by) {
		return v
	}
	v.Shape = append(Shape{}, v.Shape...)
	for i, d := range by {
		if v.Shape[i].Size < 0 && (d.Size >= 0 || v.Shape[i].Name == "") {
			v.Shape[i] = d
		}
	}
	return v
}

// isWhole: three dimensions, n last, and not cut to one token by the graph itself.
func (m *Model) isWhole(v Value, n int64) bool {
	s := v.Shape
	if len(s) != 3 || (n > 0 && s[2].Size != n) {
		return false
	}
	return s[1].Size != 1 || m.oneTokenAtATime()
}

// oneTokenAtATime: the model takes exactly one token per run, as the step model of a cached decoder does.
func (m *Model) oneTokenAtATime() bool {
	ids, ok := m.input("input_ids")
	return ok && len(ids.Shape) == 2 && ids.Shape[1].Size == 1
}

// picksRows: the step moves or picks rows along the sequence and leaves each row as it is.
func (m *Model) picksRows(n *node) bool {
	if m.functions[n.kind()] {
		return false
	}
	switch n.kind() {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "GatherND", "Identity", "Cast":
		return true
	case "Gather":
		return n.number("axis", 0) == 1
	case "Slice":
		list, ok := axes(n, m.factsOf(n), 3)
		return ok && len(list) == 1 && (list[0] == 1 || list[0] == -2)
	}
	return false
}

func (m *Model) notWhole(h *Head, v Value) error {
	s, activation := v.Shape, v.Name
	maker := "an input"
	if n := m.producer(activation); n != nil {
		maker = n.label()
	}
	switch {
	case s == nil:
		return refuse("the activation %q before the head %s has no known shape, so it can't be told to be [batch, sequence, n]; run ONNX shape inference on the model first", activation, h.Node)
	case len(s) == 3 && s[1].Size == 1 && s[2].Size == h.N:
		return refuse("the activation %q before the head %s is %s: %s picked one token before, and where is not told; export the model with all its logits", activation, h.Node, s, maker)
	case len(s) == 3:
		return refuse("the activation %q before the head %s is %s, but the head multiplies rows of %d", activation, h.Node, s, h.N)
	}
	return refuse("the activation %q before the head %s is %s instead of [batch, sequence, n]: %s flattened it or picked one token, and what it did that to can't be told to be [batch, sequence, n]", activation, h.Node, s, maker)
}
