// Package golden reads .q2gv files: inputs with the packed code, key and transitions that every implementation must give
// for them (docs/SPEC.md section 9). It imports nothing of this module, so that any implementation can be checked by it.
package golden

import (
	"encoding/binary"
	"fmt"
)

// Version is the format version that Parse reads.
const Version = 1

// The statuses a case can expect; the numbers are those of the C interface.
const (
	StatusOK        = 0
	StatusNotFinite = 3
)

// The sources of a case's expected result.
const (
	SourceBrowser = 0 // the browser kernel's own output
	SourceSpec    = 1 // the specification, where the browser kernel has no answer
)

// Case is one record. Input and Packed are parts of the buffer given to Parse.
type Case struct {
	Dtype       uint32 // 0 fp32, 1 fp16, 2 q8, 3 q4, 4 q2, 5 bf16
	N           int    // dimensions of a row, 1 to 2^20
	SeqLen      int    // rows of the input; 0 only for q2
	Status      uint32 // StatusOK or StatusNotFinite
	Source      uint32 // SourceBrowser or SourceSpec
	Input       []byte // row-major [SeqLen × N], or ceil(N/4) bytes of code for q2
	Packed      []byte // the expected code, ceil(N/4) bytes; zeros where the row is refused
	Key         uint64
	Transitions uint32
	Offset      int // where the record begins in the file
}

// FormatError says what is wrong with a file and at which byte.
type FormatError struct {
	Offset int
	What   string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("golden file: byte %d: %s", e.Offset, e.What)
}

const (
	magic       = "Q2GV"
	headerBytes = 16
	recordBytes = 48 // before the input
	alignment   = 8
	maxDim      = 1 << 20
)

// Parse reads a whole .q2gv file. Anything that docs/SPEC.md section 9 does not allow is a *FormatError: a wrong magic or
// version, a truncated record, lengths that contradict the shape, a reserved or padding byte that is not zero, bytes after
// the last record.
func Parse(file []byte) ([]Case, error) {
	count, err := parseHeader(file)
	if err != nil {
		return nil, err
	}
	// A count that the file cannot hold must not decide how much is allocated.
	cases := make([]Case, 0, min(int(count), len(file)/recordBytes))
	offset := headerBytes
	for i := range count {
		c, next, err := parseRecord(file, offset)
		if err != nil {
			return nil, fmt.Errorf("case %d of %d: %w", i, count, err)
		}
		cases = append(cases, c)
		offset = next
	}
	if offset != len(file) {
		return nil, fault(offset, "%d bytes after the last of %d cases", len(file)-offset, count)
	}
	return cases, nil
}

func parseHeader(file []byte) (count uint32, err error) {
	if len(file) < headerBytes {
		return 0, fault(len(file), "truncated: the header has %d bytes", headerBytes)
	}
	if string(file[:4]) != magic {
		return 0, fault(0, "magic is %q, not %q", file[:4], magic)
	}
	if version := binary.LittleEndian.Uint32(file[4:]); version != Version {
		return 0, fault(4, "version is %d, this reads %d", version, Version)
	}
	if reserved := binary.LittleEndian.Uint32(file[12:]); reserved != 0 {
		return 0, fault(12, "reserved field is %d, not 0", reserved)
	}
	return binary.LittleEndian.Uint32(file[8:]), nil
}

// parseRecord reads the record at offset and returns where the next one begins.
func parseRecord(file []byte, offset int) (Case, int, error) {
	if len(file)-offset < recordBytes {
		return Case{}, 0, fault(len(file), "truncated: a record has at least %d bytes", recordBytes)
	}
	u32 := func(field int) uint32 { return binary.LittleEndian.Uint32(file[offset+4*field:]) }
	c := Case{
		Dtype: u32(0), N: int(u32(1)), SeqLen: int(u32(2)), Status: u32(3), Source: u32(4),
		Transitions: u32(7), Key: binary.LittleEndian.Uint64(file[offset+32:]), Offset: offset,
	}
	if err := checkFields(file, c, u32(1), u32(2)); err != nil {
		return Case{}, 0, err
	}
	if err := checkLengths(c, u32(5), u32(6)); err != nil {
		return Case{}, 0, err
	}
	begin, wanted := offset+recordBytes, uint64(u32(5))+uint64(u32(6))
	if uint64(len(file)-begin) < wanted {
		return Case{}, 0, fault(len(file), "truncated: input and code have %d bytes, %d are left", wanted, len(file)-begin)
	}
	inputBytes, end := int(u32(5)), begin+int(wanted)
	c.Input = file[begin : begin+inputBytes : begin+inputBytes]
	c.Packed = file[begin+inputBytes : end : end]
	if err := checkExpected(c); err != nil {
		return Case{}, 0, err
	}
	next, err := skipPadding(file, end)
	return c, next, err
}

func skipPadding(file []byte, offset int) (int, error) {
	for ; offset%alignment != 0; offset++ {
		if offset >= len(file) {
			return 0, fault(offset, "truncated: records are padded to %d bytes", alignment)
		}
		if file[offset] != 0 {
			return 0, fault(offset, "padding byte is %#02x, not 0", file[offset])
		}
	}
	return offset, nil
}

func fault(offset int, format string, args ...any) error {
	return &FormatError{Offset: offset, What: fmt.Sprintf(format, args...)}
}
