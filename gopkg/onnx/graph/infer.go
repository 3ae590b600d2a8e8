package graph

// known is one element of an integer tensor, if it is known.
type known struct {
	v  int64
	ok bool
}

// fact is what is known of a value without running the graph.
type fact struct {
	elem  ElemType
	shape Shape
	ints  []known // the elements of a small integer tensor of rank 0 or 1; nil when not tracked
	fixed bool    // the value does not depend on the model's inputs: a weight
}

// inferredRank is the highest rank that inference follows; beyond it, a shape counts as unknown.
const inferredRank = 8

// infer walks the nodes once, in their (topological) order. What a file declares wins over what is inferred; unknown stays unknown.
func (m *Model) infer() {
	m.facts = make(map[string]fact, len(m.nodes)+len(m.initializers))
	declared := map[string]Value{}
	for _, list := range [][]declaration{m.infos, m.outputs, m.inputs} {
		for _, d := range list {
			declared[d.Name] = d.Value
		}
	}
	for _, d := range m.inputs {
		m.facts[d.Name] = fact{elem: d.Elem, shape: capped(d.Shape)}
	}
	for i := range m.initializers {
		t := &m.initializers[i]
		m.facts[t.name] = fact{elem: t.elem, shape: capped(t.shape()), ints: elementsOf(t), fixed: true}
	}
	for i := range m.nodes {
		m.inferNode(&m.nodes[i], declared)
	}
}

func (m *Model) inferNode(n *node, declared map[string]Value) {
	in := make([]fact, len(n.in))
	fixed := n.bodies == 0 && !random[n.kind()]
	for i, name := range n.in {
		in[i] = m.facts[name]
		fixed = fixed && (name == "" || in[i].fixed)
	}
	for _, name := range n.captured {
		fixed = fixed && m.facts[name].fixed
	}
	var out []fact
	if rule := rules[n.kind()]; rule != nil && !m.functions[n.kind()] {
		out = rule(n, in)
	}
	for i, name := range n.out {
		var f fact
		if i < len(out) {
			f = out[i]
		}
		f.shape, f.fixed = capped(f.shape), fixed
		if d, ok := declared[name]; ok {
			f = f.declaredAs(d)
		}
		if name != "" && (fixed || f.elem != Unknown || f.shape != nil) {
			m.facts[name] = f
		}
	}
}

// random are the operators whose result is no weight although they have no inputs.
var random = map[string]bool{"RandomNormal": true, "RandomNormalLike": true, "RandomUniform": true, "RandomUniformLike": true, "Multinomial": true, "Bernoulli": true}

// declaredAs lets the declaration win; sizes that it leaves open keep what was inferred.
func (f fact) declaredAs(d Value) fact {
	if d.Elem != Unknown {
		f.elem = d.Elem
	}
	if shape := capped(d.Shape); shape != nil {
		f.shape = Value{Shape: shape}.narrowed(f.shape).Shape
	}
	return f
}

func capped(s Shape) Shape {
	if len(s) > inferredRank {
		return nil
	}
	return s
}

func elementsOf(t *tensor) []known {
	if t.ints == nil || len(t.dims) > 1 {
		return nil
	}
	return exactly(t.ints)
}

func exactly(ints []int64) []known {
	list := make([]known, len(ints))
	for i, v := range ints {
		list[i] = known{v, true}
	}
	return list
}

// values returns the elements when all are known.
func (f fact) values() ([]int64, bool) {
	if f.ints == nil {
		return nil, false
	}
	list := make([]int64, len(f.ints))
	for i, k := range f.ints {
		if !k.ok {
			return nil, false
		}
		list[i] = k.v
	}
	return list, true
}

// axes reads a node's axes: an input where the operator set has it as one, an attribute before.
func axes(n *node, in []fact, input int) ([]int64, bool) {
	if a := n.attr("axes"); a != nil && len(a.ints) > 0 {
		return a.ints, true
	}
	if input < len(in) && n.in[input] != "" {
		return in[input].values()
	}
	return nil, false
}

// axisOf makes an axis non-negative; ok is false when it lies outside the rank.
func axisOf(axis int64, rank int) (int, bool) {
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), axis >= 0 && axis < int64(rank)
}
