package embedding

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxText is the longest name or operator that is read; anything longer is no ONNX model.
const maxText = 1 << 20

// stream reads one protobuf message, and the messages inside it, front to back. What nobody asks for is skipped, so weights
// never come into memory.
type stream struct {
	in   *bufio.Reader
	file io.ReadSeeker // what in reads
	// at is how many bytes of the file are behind us, end where the current message ends.
	at, end int64
}

// ReadByte makes stream an io.ByteReader that stops at the message's end.
func (s *stream) ReadByte() (byte, error) {
	if s.at >= s.end {
		return 0, io.ErrUnexpectedEOF
	}
	b, err := s.in.ReadByte()
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	s.at++
	return b, nil
}

// field is one field of a message: its number, its wire type, and its value if that is a varint, its length if it is bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64
}

// fields calls handle for each field up to the message's end. What handle leaves of a field's bytes is skipped.
func (s *stream) fields(handle func(field) error) error {
	for s.at < s.end {
		f, err := s.next()
		if err != nil {
			return err
		}
		behind := s.at + f.length()
		if behind > s.end || behind < s.at {
			return fmt.Errorf("field %d of %d bytes does not fit into its message: %w", f.number, f.length(), ErrMalformed)
		}
		if err := handle(f); err != nil {
			return err
		}
		if s.at > behind {
			return fmt.Errorf("field %d runs past its end at byte %d: %w", f.number, behind, ErrMalformed)
		}
		if err := s.skip(behind - s.at); err != nil {
			return err
		}
	}
	return nil
}

func (f field) length() int64 {
	switch f.kind {
	case protowire.BytesType:
		return int64(f.value)
	case protowire.Fixed32Type:
		return 4
	case protowire.Fixed64Type:
		return 8
	default:
		return 0
	}
}

func (s *stream) next() (field, error) {
	tag, err := s.varint()
	if err != nil {
		return field{}, err
	}
	number, kind := protowire.DecodeTag(tag)
	f := field{number: number, kind: kind}
	switch kind {
	case protowire.VarintType, protowire.BytesType:
		f.value, err = s.varint()
	case protowire.Fixed32Type, protowire.Fixed64Type:
	default:
		err = fmt.Errorf("field %d has wire type %d: %w", number, kind, ErrMalformed)
	}
	return f, err
}

func (s *stream) varint() (uint64, error) {
	v, err := binary.ReadUvarint(s)
	if err != nil {
		return 0, fmt.Errorf("at byte %d: %w: %w", s.at, ErrMalformed, err)
	}
	return v, nil
}

// inside reads the message that is the value of f.
func (s *stream) inside(f field, handle func(field) error) error {
	if f.kind != protowire.BytesType {
		return fmt.Errorf("field %d should be a message: %w", f.number, ErrMalformed)
	}
	outer := s.end
	s.end = s.at + f.length()
	err := s.fields(handle)
	s.end = outer
	return err
}

func (s *stream) text(f field) (string, error) {
	if f.kind != protowire.BytesType || f.length() > maxText {
		return "", fmt.Errorf("field %d should be a text of at most %d bytes: %w", f.number, maxText, ErrMalformed)
	}
	b := make([]byte, f.length())
	n, err := io.ReadFull(s.in, b)
	s.at += int64(n)
	if err != nil {
		return "", fmt.Errorf("at byte %d: %w: %w", s.at, ErrMalformed, err)
	}
	return string(b), nil
}

// integers reads a repeated integer field, packed or not.
func (s *stream) integers(dst []int64, f field) ([]int64, error) {
	if f.kind == protowire.VarintType {
		return append(dst, int64(f.value)), nil
	}
	for behind := s.at + f.length(); s.at < behind; {
		v, err := s.varint()
		if err != nil {
			return dst, err
		}
		if dst = append(dst, int64(v)); len(dst) > maxRank {
			return dst, fmt.Errorf("a tensor of more than %d dimensions: %w", maxRank, ErrMalformed)
		}
	}
	return dst, nil
}

// skip goes over n bytes, through the buffer if they may be in it and by seeking over weights.
func (s *stream) skip(n int64) error {
	s.at += n
	if n <= int64(s.in.Size()) {
		if _, err := s.in.Discard(int(n)); err != nil {
			return fmt.Errorf("at byte %d: %w: %w", s.at, ErrMalformed, err)
		}
		return nil
	}
	if _, err := s.file.Seek(s.at, io.SeekStart); err != nil {
		return err
	}
	s.in.Reset(s.file)
	return nil
}
