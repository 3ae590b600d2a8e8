// Package npy reads the header of a NumPy .npy file, so that its rows can then be streamed as the bytes they are.
//
// The format is described in NumPy's documentation (numpy.lib.format): a magic string, a version, a length and a
// Python dictionary of three entries. This package reads all three versions, in any order of entries, and never
// allocates more than the header it was given.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxHeader limits the dictionary. NumPy itself writes about a hundred bytes and refuses to evaluate more than 10 000;
// a wide structured dtype (which we refuse by name) still fits.
const maxHeader = 1 << 20

const magic = "\x93NUMPY"

// ErrNotNpy says that a file doesn't begin as a .npy file does.
var ErrNotNpy = errors.New(`not a .npy file: it doesn't begin with \x93NUMPY`)

// Header is what a .npy file says about its array.
type Header struct {
	Descr   string  // the element type in NumPy's notation, "<f4" say
	Fortran bool    // column-major order
	Shape   []int64 // one entry a dimension; empty for a scalar
}

// Elements is the product of the shape. It fails when that doesn't fit 63 bits.
func (h Header) Elements() (int64, error) {
	product := int64(1)
	for _, d := range h.Shape {
		if d != 0 && product > math.MaxInt64/d {
			return 0, fmt.Errorf("shape %s has more than 2^63 elements", FormatShape(h.Shape))
		}
		product *= d
	}
	return product, nil
}

// ReadHeader reads from the start of a .npy file up to the first byte of the array. It returns the header's length in
// bytes as well, which is where the array begins.
func ReadHeader(r io.Reader) (Header, int64, error) {
	var start [8]byte
	if n, err := io.ReadFull(r, start[:]); err != nil {
		if n < len(magic) || string(start[:len(magic)]) != magic {
			return Header{}, 0, notNpy(err)
		}
		return Header{}, 0, cutShort(err)
	}
	if string(start[:len(magic)]) != magic {
		return Header{}, 0, ErrNotNpy
	}
	length, lengthBytes, err := readLength(r, start[6], start[7])
	if err != nil {
		return Header{}, 0, err
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return Header{}, 0, cutShort(err)
	}
	h, err := parseHeader(string(text))
	return h, int64(len(start)) + lengthBytes + int64(length), err
}

// readLength reads the length of the dictionary: two bytes in version 1, four in versions 2 and 3.
func readLength(r io.Reader, major, minor byte) (length, lengthBytes int64, err error) {
	var field [4]byte
	switch major {
	case 1:
		lengthBytes = 2
	case 2, 3:
		lengthBytes = 4
	default:
		return 0, 0, fmt.Errorf("unknown .npy version %d.%d (1, 2 and 3 are known)", major, minor)
	}
	if _, err := io.ReadFull(r, field[:lengthBytes]); err != nil {
		return 0, 0, cutShort(err)
	}
	length = int64(binary.LittleEndian.Uint32(field[:]))
	if length > maxHeader {
		return 0, 0, fmt.Errorf("the .npy header claims %d bytes (limit %d)", length, maxHeader)
	}
	return length, lengthBytes, nil
}

// notNpy tells a file too short to be one from a reader that failed.
func notNpy(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrNotNpy
	}
	return err
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("truncated .npy file: it ends inside its header")
	}
	return err
}
