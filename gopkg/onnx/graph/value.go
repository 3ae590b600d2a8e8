package graph

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Dim is one dimension of a shape: a size, or a name ("batch"), or neither.
type Dim struct {
	Size int64  // −1 when it is not a number
	Name string // "" when it has none
}

// unknownDim is a dimension that nothing is known of.
var unknownDim = Dim{Size: -1}

func sized(n int64) Dim { return Dim{Size: n} }

func (d Dim) String() string {
	switch {
	case d.Size >= 0:
		return strconv.FormatInt(d.Size, 10)
	case d.Name != "":
		return d.Name
	}
	return "?"
}

// MarshalJSON writes a number, a name, or null.
func (d Dim) MarshalJSON() ([]byte, error) {
	switch {
	case d.Size >= 0:
		return strconv.AppendInt(nil, d.Size, 10), nil
	case d.Name != "":
		return json.Marshal(d.Name)
	}
	return []byte("null"), nil
}

// Shape is a list of dimensions; nil when even their number is unknown, empty for a scalar.
type Shape []Dim

func (s Shape) String() string {
	if s == nil {
		return "[unknown shape]"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (s Shape) last() Dim {
	if len(s) == 0 {
		return unknownDim
	}
	return s[len(s)-1]
}

// Value is an input, an output or an inner value of the graph, as declared; where the file declares no type or shape, as inferred.
type Value struct {
	Name  string   `json:"name"`
	Elem  ElemType `json:"type"`
	Shape Shape    `json:"shape"`
	// Kind is "tensor", "sequence", "map", "optional" or "sparse_tensor"; "" when the file does not say.
	Kind string `json:"kind,omitempty"`
}

func (v Value) String() string { return v.Name + " " + v.Elem.String() + " " + v.Shape.String() }

// declaration is a Value with the bytes that declare it.
type declaration struct {
	Value
	whole span
}

func (s *source) declaration(f field, what string) (declaration, error) {
	d := declaration{whole: f.whole}
	body, err := s.message(f, what)
	if err != nil {
		return d, err
	}
	if err := s.spend(f.whole.start, 128); err != nil {
		return d, err
	}
	err = s.each(body, what, func(f field) (err error) {
		switch f.num {
		case 1:
			d.Name, err = s.text(f, "the name of "+what)
		case 2:
			err = s.valueType(f, &d.Value)
		}
		return err
	})
	return d, err
}

// kinds are the fields of TypeProto.
var kinds = map[int32]string{1: "tensor", 4: "sequence", 5: "map", 8: "sparse_tensor", 9: "optional"}

func (s *source) valueType(f field, v *Value) error {
	body, err := s.message(f, "a type")
	if err != nil {
		return err
	}
	return s.each(body, "a type", func(f field) error {
		kind, ok := kinds[int32(f.num)]
		if !ok {
			return nil
		}
		v.Kind = kind
		if kind != "tensor" {
			return nil
		}
		return s.tensorType(f, v)
	})
}

func (s *source) tensorType(f field, v *Value) error {
	body, err := s.message(f, "a tensor type")
	if err != nil {
		return err
	}
	return s.each(body, "a tensor type", func(f field) error {
		switch f.num {
		case 1:
			n, err := s.integer(f, "an element type")
			v.Elem = ElemType(n)
			return err
		case 2:
			return s.shape(f, v)
		}
		return nil
	})
}

func (s *source) shape(f field, v *Value) error {
	body, err := s.message(f, "a shape")
	if err != nil {
		return err
	}
	v.Shape = Shape{}
	return s.each(body, "a shape", func(f field) error {
		if f.num != 1 {
			return nil
		}
		if len(v.Shape) == rankLimit {
			return malformed(f.whole.start, "a shape of more than %d dimensions", rankLimit)
		}
		d, err := s.dim(f)
		v.Shape = append(v.Shape, d)
		return err
	})
}

func (s *source) dim(f field) (Dim, error) {
	d := unknownDim
	body, err := s.message(f, "a dimension")
	if err != nil {
		return d, err
	}
	if err := s.spend(f.whole.start, 32); err != nil {
		return d, err
	}
	err = s.each(body, "a dimension", func(f field) (err error) {
		switch f.num {
		case 1:
			d.Size, err = s.integer(f, "a dimension's size")
			d.Size = max(d.Size, -1)
		case 2:
			d.Name, err = s.text(f, "a dimension's name")
		}
		return err
	})
	return d, err
}
