package graph

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// windowSize is how much of the file is read at once: descriptions are dense, payloads are jumped over.
	windowSize = 64 << 10
	// descriptionLimit bounds the memory that a file can make us spend on names, nodes and shapes.
	descriptionLimit = 256 << 20
	// nestingLimit bounds bodies inside bodies.
	nestingLimit = 32
	// headerBytes is the most that a field's tag and its length or number take.
	headerBytes = 2 * 10
	// What a name costs the budget beyond its letters, and what a second use of it costs.
	nameCost, referenceCost = 64, 16
)

// span is a byte range of the source.
type span struct{ start, end int64 }

func (s span) size() int64 { return s.end - s.start }

// field is one field of a message: whole covers the tag too, body only the payload of a length-delimited one.
type field struct {
	num         protowire.Number
	typ         protowire.Type
	whole, body span
	number      uint64 // the value of a varint field
}

// source reads protobuf through a window that moves over the file.
type source struct {
	r      io.ReaderAt
	size   int64
	buffer []byte
	window []byte // the part of buffer that holds bytes, from base on
	base   int64
	budget int64 // what is left of limit
	limit  int64
	names  map[string]string // every text read, each once
}

func newSource(r io.ReaderAt, size, limit int64) *source {
	return &source{r: r, size: size, buffer: make([]byte, min(windowSize, size)), budget: limit, limit: limit, names: map[string]string{}}
}

// peek returns want bytes at off, fewer only at the end of the file. They are valid until the next peek.
func (s *source) peek(off int64, want int) ([]byte, error) {
	if left := s.size - off; int64(want) > left {
		want = int(left)
	}
	if off < s.base || off+int64(want) > s.base+int64(len(s.window)) {
		if err := s.fill(off); err != nil {
			return nil, err
		}
	}
	at := off - s.base
	return s.window[at : at+int64(want)], nil
}

func (s *source) fill(off int64) error {
	want := min(int64(windowSize), s.size-off)
	n, err := s.r.ReadAt(s.buffer[:want], off)
	if int64(n) < want {
		s.window = nil
		return fmt.Errorf("graph: reading %d bytes at byte %d: %w", want, off, noProgress(err))
	}
	s.window, s.base = s.buffer[:want], off
	return nil
}

// noProgress names a short read: a file that shrank after it was opened.
func noProgress(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// spend takes bytes of memory from the budget.
func (s *source) spend(at int64, bytes int) error {
	s.budget -= int64(bytes)
	if s.budget < 0 {
		return malformed(at, "the graph's description, weights left out, takes more than %d MiB", s.limit>>20)
	}
	return nil
}

// each visits the fields of the message in sp; what names the message in errors.
func (s *source) each(sp span, what string, visit func(field) error) error {
	for pos := sp.start; pos < sp.end; {
		f, err := s.field(pos, sp.end, what)
		if err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
		pos = f.whole.end
	}
	return nil
}

func (s *source) field(pos, end int64, what string) (field, error) {
	head, err := s.peek(pos, int(min(headerBytes, end-pos)))
	if err != nil {
		return field{}, err
	}
	num, typ, n := protowire.ConsumeTag(head)
	if n < 0 {
		return field{}, malformed(pos, "a field of %s: %v", what, protowire.ParseError(n))
	}
	f := field{num: num, typ: typ, whole: span{start: pos}}
	payload := pos + int64(n)
	switch typ {
	case protowire.VarintType:
		v, k := protowire.ConsumeVarint(head[n:])
		if k < 0 {
			return field{}, malformed(pos, "field %d of %s: %v", num, what, protowire.ParseError(k))
		}
		f.number, f.whole.end = v, payload+int64(k)
	case protowire.Fixed32Type:
		f.whole.end = payload + 4
	case protowire.Fixed64Type:
		f.whole.end = payload + 8
	case protowire.BytesType:
		length, k := protowire.ConsumeVarint(head[n:])
		if k < 0 {
			return field{}, malformed(pos, "length of field %d of %s: %v", num, what, protowire.ParseError(k))
		}
		payload += int64(k)
		if length > uint64(end-payload) {
			return field{}, malformed(pos, "field %d of %s claims %d bytes, %d are left", num, what, length, end-payload)
		}
		f.body = span{payload, payload + int64(length)}
		f.whole.end = f.body.end
	default:
		return field{}, malformed(pos, "field %d of %s has wire type %d, which ONNX does not use", num, what, typ)
	}
	if f.whole.end > end {
		return field{}, malformed(pos, "field %d of %s ends %d bytes past it", num, what, f.whole.end-end)
	}
	return f, nil
}

// message checks that f holds a message, a text or bytes, and returns its range.
func (s *source) message(f field, what string) (span, error) {
	if f.typ != protowire.BytesType {
		return span{}, malformed(f.whole.start, "%s has wire type %d instead of %d", what, f.typ, protowire.BytesType)
	}
	return f.body, nil
}

// integer reads a number of any integer type.
func (s *source) integer(f field, what string) (int64, error) {
	if f.typ != protowire.VarintType {
		return 0, malformed(f.whole.start, "%s has wire type %d instead of %d", what, f.typ, protowire.VarintType)
	}
	return int64(f.number), nil
}

// text reads a name. Equal names share their memory.
func (s *source) text(f field, what string) (string, error) {
	body, err := s.message(f, what)
	if err != nil {
		return "", err
	}
	raw, err := s.bytes(body, what)
	if err != nil {
		return "", err
	}
	if known, ok := s.names[string(raw)]; ok {
		return known, s.spend(f.whole.start, referenceCost)
	}
	name := string(raw)
	s.names[name] = name
	return name, s.spend(f.whole.start, nameCost+len(name))
}

// bytes reads a range of at most windowSize bytes, valid until the next read.
func (s *source) bytes(sp span, what string) ([]byte, error) {
	if sp.size() > windowSize {
		return nil, malformed(sp.start, "%s is %d bytes long; the limit is %d", what, sp.size(), windowSize)
	}
	return s.peek(sp.start, int(sp.size()))
}

// integers appends the numbers of a repeated integer field, packed or not, until dst holds limit of them; more is the count of all.
func (s *source) integers(dst []int64, f field, what string, limit int) (_ []int64, more int, err error) {
	if f.typ == protowire.VarintType {
		return appendUpTo(dst, int64(f.number), limit), 1, nil
	}
	body, err := s.message(f, what)
	if err != nil {
		return nil, 0, err
	}
	for pos := body.start; pos < body.end; more++ {
		head, err := s.peek(pos, int(min(10, body.end-pos)))
		if err != nil {
			return nil, 0, err
		}
		v, n := protowire.ConsumeVarint(head)
		if n < 0 {
			return nil, 0, malformed(pos, "%s: %v", what, protowire.ParseError(n))
		}
		dst = appendUpTo(dst, int64(v), limit)
		pos += int64(n)
	}
	return dst, more, nil
}

func appendUpTo(dst []int64, v int64, limit int) []int64 {
	if len(dst) >= limit {
		return dst
	}
	return append(dst, v)
}
