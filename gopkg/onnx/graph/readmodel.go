package graph

import (
	"bytes"
	"cmp"
	"strings"
)

// ownKey starts the metadata keys that edited models carry.
const ownKey = "q2."

// recognise names the files that people mistake for models.
func (s *source) recognise() error {
	head, err := s.peek(0, 64)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return malformed(0, "this is a Git LFS pointer; fetch the model itself with git lfs pull")
	case len(head) >= 8 && string(head[4:8]) == "ORTM":
		return malformed(0, "this is ONNX Runtime's own .ort format; use the .onnx model it was made from")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return malformed(0, "this is a zip archive, not an .onnx model")
	}
	return nil
}

func (m *Model) readModel(s *source) error {
	graphs := 0
	err := s.each(span{0, s.size}, "the model", func(f field) error {
		if err := s.spend(f.whole.start, 32); err != nil {
			return err
		}
		if f.num == 7 {
			graphs++
		}
		before := len(m.metadata)
		err := m.modelField(s, f)
		m.top = append(m.top, topField{num: int32(f.num), own: len(m.metadata) > before, whole: f.whole})
		return err
	})
	if err == nil && graphs == 0 {
		err = malformed(s.size, "the model has no graph")
	}
	return err
}

func (m *Model) modelField(s *source, f field) (err error) {
	switch f.num {
	case 1:
		m.IRVersion, err = s.integer(f, "ir_version")
	case 2:
		m.Producer, err = s.text(f, "the producer's name")
	case 3:
		m.ProducerVersion, err = s.text(f, "the producer's version")
	case 4:
		m.Domain, err = s.text(f, "the model's domain")
	case 5:
		m.Version, err = s.integer(f, "the model's version")
	case 7:
		err = m.readGraph(s, f)
	case 8:
		err = m.readOpset(s, f)
	case 14:
		err = m.readMetadata(s, f)
	case 25:
		err = m.readFunction(s, f)
	}
	return err
}

func (m *Model) readOpset(s *source, f field) error {
	var o Opset
	body, err := s.message(f, "an opset import")
	if err != nil {
		return err
	}
	if err := s.spend(f.whole.start, 32); err != nil {
		return err
	}
	err = s.each(body, "an opset import", func(f field) (err error) {
		switch f.num {
		case 1:
			o.Domain, err = s.text(f, "an opset's domain")
		case 2:
			o.Version, err = s.integer(f, "an opset's version")
		}
		return err
	})
	if o.Domain == "ai.onnx" {
		o.Domain = ""
	}
	m.Opsets = append(m.Opsets, o)
	return err
}

// readMetadata keeps the entries that an earlier edit of ours has left.
func (m *Model) readMetadata(s *source, f field) error {
	own := func(key string) bool { return strings.HasPrefix(key, ownKey) }
	key, value, err := s.entry(f, "a metadata entry", own)
	if own(key) {
		m.metadata[key] = value
	}
	return err
}

// readFunction notes a local function's name. Its nodes are read for their external data and dynamic scales alone: the function is kept whole.
func (m *Model) readFunction(s *source, f field) error {
	body, err := s.message(f, "a function")
	if err != nil {
		return err
	}
	var n node
	err = s.each(body, "a function", func(f field) (err error) {
		switch f.num {
		case 1:
			n.op, err = s.text(f, "a function's name")
		case 7:
			var inner node
			inner, err = s.node(f, 1)
			m.external = append(m.external, inner.external...)
			m.dynamicFunction = cmp.Or(m.dynamicFunction, inner.dynamic)
		case 10:
			n.domain, err = s.text(f, "a function's domain")
		}
		return err
	})
	if n.domain == "ai.onnx" {
		n.domain = ""
	}
	m.functions[n.kind()] = true
	return err
}

// readGraph reads one graph field; a second one is merged with the first, as protobuf has it.
func (m *Model) readGraph(s *source, f field) error {
	body, err := s.message(f, "the graph")
	if err != nil {
		return err
	}
	return s.each(body, "the graph", func(f field) error {
		if err := s.spend(f.whole.start, 48); err != nil {
			return err
		}
		index, err := m.graphField(s, f)
		m.items = append(m.items, item{int32(f.num), index, f.whole})
		return err
	})
}

// graphField reads one field of the graph and returns its index in the list of its kind.
func (m *Model) graphField(s *source, f field) (index int, err error) {
	switch f.num {
	case 1:
		var n node
		n, err = s.node(f, 1)
		m.nodes, index = append(m.nodes, n), len(m.nodes)
	case 2:
		m.GraphName, err = s.text(f, "the graph's name")
	case 5, 15:
		var t tensor
		t, err = s.initializer(f)
		m.initializers, index = append(m.initializers, t), len(m.initializers)
	case 11:
		m.inputs, index, err = s.declare(m.inputs, f, "an input")
	case 12:
		m.outputs, index, err = s.declare(m.outputs, f, "an output")
	case 13:
		m.infos, index, err = s.declare(m.infos, f, "a value_info")
	case 14:
		var name string
		name, err = s.annotation(f)
		m.annotated, index = append(m.annotated, name), len(m.annotated)
	}
	return index, err
}

func (s *source) declare(list []declaration, f field, what string) ([]declaration, int, error) {
	d, err := s.declaration(f, what)
	return append(list, d), len(list), err
}

// annotation reads the tensor name of a TensorAnnotation.
func (s *source) annotation(f field) (name string, err error) {
	body, err := s.message(f, "a quantization annotation")
	if err != nil {
		return "", err
	}
	err = s.each(body, "a quantization annotation", func(f field) (err error) {
		if f.num == 1 {
			name, err = s.text(f, "an annotation's tensor name")
		}
		return err
	})
	return name, err
}
