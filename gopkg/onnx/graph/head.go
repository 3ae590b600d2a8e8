package graph

import (
	"slices"
	"strings"
)

// Head is the product that turns hidden states into logits.
type Head struct {
	Logits     string   `json:"logits"`     // the output that the walk began at
	Node       string   `json:"node"`       // the product
	Op         string   `json:"op"`         // its operator, "com.microsoft:MatMulNBits" for one outside the default domain
	Weight     string   `json:"weight"`     // its weight
	Hidden     string   `json:"hidden"`     // the value that becomes the output
	N          int64    `json:"n"`          // its last dimension, −1 when the graph does not tell
	Vocabulary int64    `json:"vocabulary"` // the logits' last dimension, −1 when the graph does not tell
	After      []string `json:"after"`      // operators between product and logits, from the logits back
	Before     []string `json:"before"`     // operators between hidden state and product, from the product back

	elem  ElemType // what the head says of its activation's element type
	value Value    // the hidden state
}

// passes are the operators that logits go through on their way from the product; their activation is input 0.
var passes = map[string]bool{"Cast": true, "Identity": true, "Dropout": true, "Tanh": true, "Clip": true, "Softmax": true, "LogSoftmax": true,
	"Reshape": true, "Flatten": true, "Squeeze": true, "Unsqueeze": true, "Slice": true, "Gather": true, "GatherND": true, "QuantizeLinear": true, "DequantizeLinear": true}

// scales are the operators that join logits with a bias or a scale.
var scales = map[string]bool{"Add": true, "Sub": true, "Mul": true, "Div": true}

// keepsRank are those of them after which the dimensions are still the product's.
var keepsRank = map[string]bool{"Cast": true, "Identity": true, "Dropout": true, "Tanh": true, "Clip": true, "Softmax": true, "LogSoftmax": true,
	"QuantizeLinear": true, "DequantizeLinear": true}

// walk goes back from logits. Several products are one head when they share their activation: a vocabulary cut into shards.
type walk struct {
	m        *Model
	seen     map[string]bool
	found    []*node
	after    []string
	reshaped bool
}

// findHead walks back from an output to the head's product and to the hidden state before it.
func (m *Model) findHead(logits string) (*Head, error) {
	w := walk{m: m, seen: map[string]bool{}}
	for todo := []string{logits}; len(todo) > 0; {
		value := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		next, err := w.step(value)
		if err != nil {
			return nil, refuse("no head found behind output %q: %s", logits, reason(err))
		}
		todo = append(todo, next...)
	}
	if len(w.found) == 0 {
		return nil, refuse("no head found behind output %q: its nodes lead back to themselves", logits)
	}
	return w.head(logits)
}

// step looks at the node that makes a value and returns the values to go on with.
func (w *walk) step(value string) ([]string, error) {
	if w.seen[value] {
		return nil, nil
	}
	w.seen[value] = true
	n := w.m.producer(value)
	if err := w.m.transparent(value, n); err != nil {
		return nil, err
	}
	if _, ok := products[n.kind()]; ok {
		w.found = append(w.found, n)
		return nil, nil
	}
	w.after = append(w.after, n.kind())
	switch {
	case passes[n.kind()]:
		w.reshaped = w.reshaped || !keepsRank[n.kind()]
		return []string{n.input(0)}, nil
	case scales[n.kind()]:
		return w.scaled(n)
	case n.kind() == "Concat":
		w.reshaped = true
		return n.in, nil
	}
	return nil, refuse("%s stands between logits and head, and Q² does not know it as a step after a head", n.label())
}

// transparent refuses values whose origin can't be looked into.
func (m *Model) transparent(value string, n *node) error {
	switch {
	case n == nil && m.facts[value].fixed:
		return refuse("it comes from the constant %q", value)
	case n == nil:
		return refuse("it comes from %q, which is an input of the model or made nowhere", value)
	case n.bodies > 0:
		return refuse("%q is made inside %s (a decoder merged with its cached variant, as a rule); export the decoder without merging", value, n.label())
	case m.functions[n.kind()]:
		return refuse("%q is made inside the local function %s; inline the model's functions first", value, n.kind())
	}
	return nil
}

// scaled goes on with the one operand that is neither weight nor scale.
func (w *walk) scaled(n *node) ([]string, error) {
	var activations []string
	for _, in := range n.in {
		if !w.m.isScale(in, scaleDepth) {
			activations = append(activations, in)
		}
	}
	if len(activations) != 1 {
		return nil, refuse("%s joins %d activations, so it is no bias and no scale of a head", n.label(), len(activations))
	}
	return activations, nil
}

// scaleDepth bounds the walk through a scale's own arithmetic.
const scaleDepth = 8

// isScale: a weight, the scale or zero point of DynamicQuantizeLinear, or arithmetic on those alone.
func (m *Model) isScale(value string, depth int) bool {
	if m.facts[value].fixed {
		return true
	}
	n := m.producer(value)
	if n == nil || depth == 0 || len(n.in) > 2 || m.functions[n.kind()] { // with more inputs than these have, the walk could take for ever
		return false
	}
	switch n.kind() {
	case "DynamicQuantizeLinear":
		return value != n.out[0]
	case "Mul", "Div", "Cast", "Reshape", "Unsqueeze", "Squeeze", "Identity":
		return !slices.ContainsFunc(n.in, func(in string) bool { return !m.isScale(in, depth-1) })
	}
	return false
}

// head turns the products found into one Head, or says why they are none.
func (w *walk) head(logits string) (*Head, error) {
	h := &Head{Logits: logits, After: w.after, N: -1, Vocabulary: -1}
	activation := ""
	for i, n := range w.found {
		p := products[n.kind()]
		in := w.m.factsOf(n)
		if err := w.isHead(n, p); err != nil {
			return nil, err
		}
		inner, outer := p.size(n, in)
		if i > 0 && n.input(p.activation) != activation {
			return nil, refuse("two candidates for the head behind output %q: %s and %s multiply different activations", logits, w.found[0].label(), n.label())
		}
		if i == 0 {
			activation = n.input(p.activation)
			h.elem = p.activationElem(in)
			h.Node, h.Op, h.Weight, h.N, h.Vocabulary = n.name, n.kind(), n.input(p.weight), inner.Size, 0
		}
		h.Vocabulary = added(h.Vocabulary, outer.Size)
	}
	h.Hidden = activation
	if err := w.m.unquantise(h); err != nil {
		return nil, err
	}
	return h, w.m.wholeState(h, w.rowsOf(logits))
}

func added(sum, size int64) int64 {
	if sum < 0 || size < 0 {
		return -1
	}
	return sum + size
}

// isHead checks that the product multiplies an activation by a weight, in this order.
func (w *walk) isHead(n *node, p product) error {
	m := w.m
	switch attribute := p.turned(n); {
	case attribute != "":
		return refuse("%s has %s set, so its activation is not one row per token", n.label(), attribute)
	case m.facts[n.input(p.activation)].fixed && !m.facts[n.input(p.weight)].fixed:
		return refuse("%s has its weight on the left, so its result is not one row per token", n.label())
	case !m.facts[n.input(p.weight)].fixed:
		return refuse("%s multiplies two activations, so it is no head", n.label())
	}
	return nil
}

func (m *Model) factsOf(n *node) []fact {
	in := make([]fact, len(n.in))
	for i, name := range n.in {
		in[i] = m.facts[name]
	}
	return in
}

// rowsOf is the declared shape of the product's result but for its last dimension; nil when steps after the product changed it.
func (w *walk) rowsOf(logits string) Shape {
	out, _ := w.m.output(logits)
	if w.reshaped || len(out.Shape) < 1 || len(w.found) != 1 || products[w.found[0].kind()].flat {
		return nil
	}
	if weight := w.m.facts[w.found[0].input(products[w.found[0].kind()].weight)].shape; len(weight) != 2 && !products[w.found[0].kind()].widths {
		return nil
	}
	return out.Shape[:len(out.Shape)-1]
}

// unquantise goes from a quantised activation to the one that was quantised.
func (m *Model) unquantise(h *Head) error {
	n := m.producer(h.Hidden)
	if n != nil && n.kind() == "DequantizeLinear" && m.quantiser(n.input(0)) != nil {
		h.Before = append(h.Before, n.kind())
		h.Hidden = n.input(0)
	}
	if q := m.quantiser(h.Hidden); q != nil {
		h.Before = append(h.Before, q.kind())
		h.Hidden, h.elem = q.input(0), Unknown
		if q.op == "DynamicQuantizeLinear" {
			h.elem = Float32
		}
	}
	if elem := m.facts[h.Hidden].elem; elem == Uint8 {
		return refuse("the head %s multiplies %q, a uint8 with a zero point, and the graph has no unquantised form of it", h.Node, h.Hidden)
	}
	return nil
}

// quantiser returns the node that quantised a value, or nil.
func (m *Model) quantiser(value string) *node {
	n := m.producer(value)
	if n == nil || m.functions[n.kind()] {
		return nil
	}
	switch strings.TrimPrefix(n.kind(), microsoft) {
	case "DynamicQuantizeLinear", "QuantizeLinear":
		if value == n.out[0] {
			return n
		}
	}
	return nil
}
