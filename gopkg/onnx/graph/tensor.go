package graph

import "encoding/binary"

const (
	// rankLimit is the most dimensions that a tensor may have.
	rankLimit = 32
	// smallTensor is the most elements of an integer tensor that are read: shapes, axes, indices.
	smallTensor = 64
	// externalLocation is TensorProto.DataLocation.EXTERNAL.
	externalLocation = 1
)

// tensor is a TensorProto without its payload.
type tensor struct {
	whole    span
	name     string
	elem     ElemType
	dims     []int64
	ints     []int64 // the elements of a small integer tensor held in the file; nil otherwise
	external string  // the data file, relative to the model; "" when the payload is in the model
	length   int64   // bytes of external data, 0 when not said
	raw      span
	stored   int // integers seen in int32_data or int64_data
}

func (s *source) tensor(f field, what string) (tensor, error) {
	t := tensor{whole: f.whole}
	body, err := s.message(f, what)
	if err != nil {
		return t, err
	}
	if err := s.spend(f.whole.start, 192); err != nil {
		return t, err
	}
	location := int64(0)
	err = s.each(body, what, func(f field) error { return s.tensorField(f, &t, &location) })
	if err != nil {
		return t, err
	}
	if location != externalLocation {
		t.external = ""
	} else if t.external == "" {
		return t, malformed(f.whole.start, "%s %q lies in an external file that it does not name", what, t.name)
	}
	return t, s.smallIntegers(&t)
}

func (s *source) tensorField(f field, t *tensor, location *int64) (err error) {
	switch f.num {
	case 1:
		var n int
		t.dims, n, err = s.integers(t.dims, f, "the dimensions of a tensor", rankLimit+1)
		if err == nil && max(n, len(t.dims)) > rankLimit {
			err = malformed(f.whole.start, "a tensor of more than %d dimensions", rankLimit)
		}
	case 2:
		var n int64
		n, err = s.integer(f, "a tensor's type")
		t.elem = ElemType(n)
	case 5, 7:
		var n int
		t.ints, n, err = s.integers(t.ints, f, "integers of a tensor", smallTensor)
		t.stored += n
	case 8:
		t.name, err = s.text(f, "a tensor's name")
	case 9:
		t.raw, err = s.message(f, "raw data")
	case 13:
		err = s.externalEntry(f, t)
	case 14:
		*location, err = s.integer(f, "a data location")
	}
	return err
}

// externalEntry reads one key and value of external_data.
func (s *source) externalEntry(f field, t *tensor) error {
	key, value, err := s.entry(f, "an external_data entry", func(key string) bool { return key == "location" || key == "length" })
	if err != nil {
		return err
	}
	switch key {
	case "location":
		t.external = value
	case "length":
		t.length, err = parseSize(f.whole.start, value)
	}
	return err
}

// smallIntegers keeps the elements only when they are all there and few.
func (s *source) smallIntegers(t *tensor) error {
	stored := t.ints
	t.ints = nil
	count := elements(t.dims)
	if !t.elem.isInteger() || t.external != "" || count < 0 || count > smallTensor {
		return nil
	}
	if t.raw.size() == 0 {
		if int64(t.stored) == count {
			t.ints = append([]int64{}, stored...)
		}
		return nil
	}
	width := int64(8)
	if t.elem == Int32 {
		width = 4
	}
	if t.raw.size() != count*width {
		return malformed(t.raw.start, "tensor %q of %d elements holds %d bytes instead of %d", t.name, count, t.raw.size(), count*width)
	}
	raw, err := s.bytes(t.raw, "raw data")
	if err != nil {
		return err
	}
	t.ints = []int64{}
	for ; len(raw) > 0; raw = raw[width:] {
		if width == 4 {
			t.ints = append(t.ints, int64(int32(binary.LittleEndian.Uint32(raw))))
		} else {
			t.ints = append(t.ints, int64(binary.LittleEndian.Uint64(raw)))
		}
	}
	return nil
}

// elements is the product of dims, −1 when it is negative or beyond 2^40.
func elements(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > 1<<40 || (d > 0 && n > (1<<40)/d) {
			return -1
		}
		n *= d
	}
	return n
}

func (t *tensor) shape() Shape {
	s := make(Shape, len(t.dims))
	for i, d := range t.dims {
		s[i] = sized(max(d, -1))
	}
	return s
}
