package graph

// Positions is the number of tokens that the tables of positions have room for on which a value depends, and the name of the smallest
// such table; 0 where none is found. Those found are tables that are looked up at a token's place in the text: at position_ids, at a list of places
// that is cut to the length of the text (BERT), at places counted by Range, or at the number of real tokens up to there (RoBERTa). A longer text
// is sure to fail in ONNX Runtime; whether a shorter one may fail is known only where the table is all there is.
func (m *Model) Positions(value string) (tokens int64, table string) {
	used := m.reach([]string{value})
	for i := range m.nodes {
		if !used.nodes[i] {
			continue
		}
		room, name := m.room(&m.nodes[i])
		if room > 0 && (tokens == 0 || room < tokens) {
			tokens, table = room, name
		}
	}
	return tokens, table
}

// room is the length of the longest text for which a node finds each token's place in its table, and the table; 0 if it looks up no place.
func (m *Model) room(n *node) (tokens int64, table string) {
	var places string
	switch n.kind() {
	case "Gather":
		table, places = n.input(0), n.input(1)
	case microsoft + "EmbedLayerNormalization":
		table, places = n.input(3), n.input(8)
	default:
		return 0, ""
	}
	f := m.facts[table]
	if !f.fixed || len(f.shape) != 2 || f.shape[0].Size < 1 || n.number("axis", 0) != 0 {
		return 0, ""
	}
	c, ok := count{}, places == "" // an embedding without places counts from 0
	if !ok {
		c, ok = m.counted(places, placeDepth)
	}
	tokens = f.shape[0].Size - c.above
	if c.longest > 0 {
		tokens = c.longest // the list is what ends first: what is in it is not read
	}
	if !ok || tokens < 1 {
		return 0, ""
	}
	return tokens, table
}

// placeDepth bounds the walk from a table's index back to what is counted.
const placeDepth = 16

// count is a tensor of places in a text: the largest is the number of its tokens − 1 + above, or more; and if longest is not 0, there are
// no more than that.
type count struct{ above, longest int64 }

// counted follows a value back to what counts a text's tokens.
func (m *Model) counted(value string, depth int) (count, bool) {
	n := m.producer(value)
	switch {
	case n == nil:
		return count{}, value == "position_ids"
	case depth <= 0:
		return count{}, false
	case unchanged[n.kind()]:
		return m.counted(n.input(0), depth-1)
	}
	switch n.kind() {
	case "Add":
		return m.shifted(n.input(0), n.input(1), 1, depth)
	case "Sub":
		return m.shifted(n.input(0), n.input(1), -1, depth)
	case "Mul": // by 0 at padding and by 1 elsewhere
		return m.masked(n.input(0), n.input(1), depth)
	case "Where": // a constant at padding
		return m.filled(n, depth)
	case "Range":
		above, ok := m.end(n.input(1), depth-1)
		step, known := m.single(n.input(2))
		return count{above: above}, ok && known && step == 1
	case "CumSum": // 1 at the first token, so 1 more than its place
		return count{above: 1}, m.tells(n.input(0), depth-1)
	case "Slice":
		return m.listed(n, depth)
	}
	return count{}, false
}

// unchanged are the operators that leave numbers as they are and at most reshape or repeat them.
var unchanged = map[string]bool{"Cast": true, "Identity": true, "Unsqueeze": true, "Squeeze": true, "Reshape": true, "Expand": true, "Flatten": true}

// shifted is a count plus or minus a constant.
func (m *Model) shifted(a, b string, sign int64, depth int) (count, bool) {
	by, ok := m.single(b)
	if !ok && sign > 0 {
		a, b = b, a
		by, ok = m.single(b)
	}
	c, counted := m.counted(a, depth-1)
	c.above += sign * by
	return c, ok && counted
}

func (m *Model) masked(a, b string, depth int) (count, bool) {
	if m.tells(a, depth-1) {
		a, b = b, a
	}
	c, ok := m.counted(a, depth-1)
	return c, ok && m.tells(b, depth-1)
}

// filled is a choice by the mask, and by nothing else: one by the place itself might bound it.
func (m *Model) filled(n *node, depth int) (count, bool) {
	mask, a, b := n.input(0), n.input(1), n.input(2)
	if equal := m.producer(mask); equal != nil && equal.kind() == "Equal" {
		if _, constant := m.single(equal.input(1)); !constant {
			return count{}, false
		}
		mask = equal.input(0)
	}
	if _, constant := m.single(a); constant {
		a, b = b, a
	}
	c, ok := m.counted(a, depth-1)
	_, constant := m.single(b)
	return c, ok && constant && m.tells(mask, depth-1)
}

// listed is a list of places, a weight, cut to the length of the text.
func (m *Model) listed(n *node, depth int) (count, bool) {
	list := m.facts[n.input(0)]
	if !list.fixed || !list.elem.isInteger() || len(list.shape) == 0 || len(list.shape) > 2 || len(list.shape) == 2 && list.shape[0].Size != 1 {
		return count{}, false
	}
	_, ok := m.end(n.input(2), depth-1)
	longest := list.shape.last().Size
	return count{longest: longest}, ok && longest > 1
}

// tells whether a value is 1 at real tokens and 0 at padding: a mask, which is an input beside the ids, or what differs from the padding's id.
func (m *Model) tells(value string, depth int) bool {
	n := m.producer(value)
	switch {
	case n == nil:
		in, ok := m.input(value)
		return ok && len(in.Shape) == 2 && value != "input_ids" && value != "token_type_ids" && value != "position_ids"
	case depth <= 0:
		return false
	case unchanged[n.kind()]:
		return m.tells(n.input(0), depth-1)
	case n.kind() == "Not":
		equal := m.producer(n.input(0))
		if equal == nil || equal.kind() != "Equal" {
			return false
		}
		_, constant := m.single(equal.input(1))
		return constant && m.isTokenIDs(equal.input(0))
	}
	return false
}

// end follows a value back to a text's length, which it exceeds by a constant, or by the size of what is cached: by 0 or more.
func (m *Model) end(value string, depth int) (above int64, ok bool) {
	n := m.producer(value)
	for ; n != nil && unchanged[n.kind()] && depth > 0; depth-- {
		value = n.input(0)
		n = m.producer(value)
	}
	if n == nil || n.kind() != "Add" {
		return 0, m.isLength(value, depth)
	}
	a, b := n.input(0), n.input(1)
	if !m.isLength(a, depth) {
		a, b = b, a
	}
	if by, known := m.single(b); known {
		return by, m.isLength(a, depth)
	}
	return 0, m.isLength(a, depth) && m.isSize(b, depth)
}

// isLength: the value is the size of an input's second dimension.
func (m *Model) isLength(value string, depth int) bool {
	n := m.producer(value)
	switch {
	case n == nil || depth <= 0:
		return false
	case unchanged[n.kind()]:
		return m.isLength(n.input(0), depth-1)
	case n.kind() == "Gather":
		at, known := m.single(n.input(1))
		shape := m.producer(n.input(0))
		return known && at == 1 && shape != nil && shape.kind() == "Shape" && shape.attr("start") == nil && m.hasLength(shape.input(0))
	case n.kind() == "Shape":
		return n.number("start", 0) == 1 && n.number("end", -1) == 2 && m.hasLength(n.input(0))
	}
	return false
}

// isSize: the value comes from a Shape.
func (m *Model) isSize(value string, depth int) bool {
	n := m.producer(value)
	return n != nil && depth > 0 && (n.kind() == "Shape" || (unchanged[n.kind()] || n.kind() == "Gather" || n.kind() == "Slice") && m.isSize(n.input(0), depth-1))
}

// hasLength: the value is an input that has one element a token.
func (m *Model) hasLength(value string) bool {
	in, ok := m.input(value)
	return ok && len(in.Shape) == 2 && (value == "input_ids" || value == "token_type_ids" || value == "position_ids")
}

// single is the only element of a constant that could be a place in a text.
func (m *Model) single(value string) (int64, bool) {
	f := m.facts[value]
	list, ok := f.values()
	if !ok || len(list) != 1 || max(list[0], -list[0]) > 1<<40 {
		return 0, false
	}
	return list[0], true
}
