package graph

import "cmp"

// attribute is a node's attribute as far as shapes and safety need it.
type attribute struct {
	name   string
	number int64
	ints   []int64
	tensor *tensor
}

// node is a NodeProto: names, attributes and, for If, Loop and Scan, what the bodies take from outside.
type node struct {
	whole    span
	name     string
	op       string
	domain   string
	in, out  []string
	attrs    []attribute
	bodies   int
	captured []string // outer names used inside bodies, at any depth
	external []string // data files of tensors inside
	dynamic  string   // the node here or in a body that scales by what it is given; "" if none does
}

// label names the node in messages.
func (n *node) label() string {
	if n.name == "" {
		return n.kind() + " node without a name"
	}
	return n.kind() + " node " + n.name
}

// kind is the operator with its domain; "ai.onnx" is the default domain's other name.
func (n *node) kind() string {
	if n.domain == "" {
		return n.op
	}
	return n.domain + ":" + n.op
}

// input returns the i-th input's name, "" when it is absent.
func (n *node) input(i int) string {
	if i < len(n.in) {
		return n.in[i]
	}
	return ""
}

func (n *node) attr(name string) *attribute {
	for i := range n.attrs {
		if n.attrs[i].name == name {
			return &n.attrs[i]
		}
	}
	return nil
}

// number returns an integer attribute, or the default.
func (n *node) number(name string, otherwise int64) int64 {
	if a := n.attr(name); a != nil {
		return a.number
	}
	return otherwise
}

func (s *source) node(f field, depth int) (node, error) {
	n := node{whole: f.whole}
	body, err := s.message(f, "a node")
	if err != nil {
		return n, err
	}
	if err := s.spend(f.whole.start, 256); err != nil {
		return n, err
	}
	err = s.each(body, "a node", func(f field) error { return s.nodeField(f, &n, depth) })
	if err == nil && n.op == "" {
		err = malformed(f.whole.start, "node %q has no op_type", n.name)
	}
	if n.domain == "ai.onnx" {
		n.domain = ""
	}
	n.noteDynamic()
	return n, err
}

func (s *source) nodeField(f field, n *node, depth int) (err error) {
	switch f.num {
	case 1, 2:
		var name string
		name, err = s.text(f, "a name of a node's input or output")
		if f.num == 1 {
			n.in = append(n.in, name)
		} else {
			n.out = append(n.out, name)
		}
	case 3:
		n.name, err = s.text(f, "a node's name")
	case 4:
		n.op, err = s.text(f, "a node's op_type")
	case 5:
		err = s.attribute(f, n, depth)
	case 7:
		n.domain, err = s.text(f, "a node's domain")
	}
	return err
}

func (s *source) attribute(f field, n *node, depth int) error {
	body, err := s.message(f, "an attribute")
	if err != nil {
		return err
	}
	if err := s.spend(f.whole.start, 128); err != nil {
		return err
	}
	var a attribute
	err = s.each(body, "an attribute", func(f field) error { return s.attributeField(f, &a, n, depth) })
	n.attrs = append(n.attrs, a)
	return err
}

func (s *source) attributeField(f field, a *attribute, n *node, depth int) (err error) {
	switch f.num {
	case 1:
		a.name, err = s.text(f, "an attribute's name")
	case 3:
		a.number, err = s.integer(f, "an integer attribute")
	case 5, 10:
		var t tensor
		t, err = s.tensor(f, "a tensor attribute")
		a.tensor = &t
		n.noteExternal(t)
	case 6, 11:
		n.bodies++
		err = s.attributeBody(f, n, depth)
	case 8:
		a.ints, _, err = s.integers(a.ints, f, "an attribute's integers", smallTensor)
	case 22, 23:
		var t tensor
		t, err = s.sparse(f)
		n.noteExternal(t)
	}
	return err
}

func (n *node) noteExternal(t tensor) {
	if t.external != "" {
		n.external = append(n.external, t.external)
	}
}

func (s *source) attributeBody(f field, n *node, depth int) error {
	body, err := s.message(f, "a body")
	if err != nil {
		return err
	}
	b, err := s.body(body, depth+1)
	if err != nil {
		return err
	}
	free := b.free()
	n.captured = append(n.captured, free...)
	n.external = append(n.external, b.external...)
	n.dynamic = cmp.Or(n.dynamic, b.dynamic)
	return s.spend(f.whole.start, referenceCost*(len(free)+len(b.external)))
}

// sparse reads a SparseTensorProto: its name is that of its values, and either part may lie outside.
func (s *source) sparse(f field) (tensor, error) {
	var t tensor
	body, err := s.message(f, "a sparse tensor")
	if err != nil {
		return t, err
	}
	err = s.each(body, "a sparse tensor", func(f field) error {
		if f.num != 1 && f.num != 2 {
			return nil
		}
		part, err := s.tensor(f, "a part of a sparse tensor")
		if f.num == 1 {
			t.name, t.elem = part.name, part.elem
		}
		if part.external != "" {
			t.external, t.length = part.external, t.length+part.length
		}
		return err
	})
	t.whole = f.whole
	return t, err
}
