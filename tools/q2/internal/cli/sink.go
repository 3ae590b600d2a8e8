package cli

import (
	"encoding/hex"
	"io"
	"strconv"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
)

// outCodes is the plain format of an output file: codes, one after another.
const outCodes = "codes"

// sink takes results apart: codes to one writer, or codes and keys to a table, and keys or JSON objects to another writer.
type sink struct {
	codes, text io.Writer
	json        bool
	table       *columns.Writer
}

// asTable makes the writer of the codes that of a table. The keys are in it, so they are not printed as well.
func (s *sink) asTable(format string, blocks blocks) (err error) {
	if s.table, err = columns.NewWriter(s.codes, format, blocks.dim(), blocks.kept()); err != nil {
		return err
	}
	if !s.json {
		s.text = io.Discard
	}
	return nil
}

func (s sink) write(b *block) error {
	if err := s.writeCodes(b); err != nil {
		return err
	}
	var lines []byte
	for i := range b.count {
		lines = s.line(lines[:0], b, i)
		if _, err := s.text.Write(lines); err != nil {
			return err
		}
	}
	return nil
}

func (s sink) writeCodes(b *block) error {
	codes := b.packed[:b.count*q2.PackedLen(b.n)]
	if s.table != nil {
		return s.table.Write(codes, b.keys[:b.count], b.kept)
	}
	_, err := s.codes.Write(codes)
	return err
}

// end writes what stands at the end of a table.
func (s sink) end() error {
	if s.table == nil {
		return nil
	}
	return s.table.Close()
}

// line appends a result's line: its key, or a JSON object. The object holds nothing that JSON would have to escape.
func (s sink) line(line []byte, b *block, i int) []byte {
	key := q2.TransitionKey{Bits: b.keys[i], Transitions: b.transitions[i]}
	if !s.json {
		return append(append(line, key.Hex()...), '\n')
	}
	line = strconv.AppendInt(append(line, `{"row":`...), b.first+int64(i), 10)
	line = strconv.AppendInt(append(line, `,"n":`...), int64(b.n), 10)
	line = append(append(line, `,"key":"`...), key.Hex()...)
	line = strconv.AppendUint(append(line, `","transitions":`...), uint64(key.Transitions), 10)
	line = hex.AppendEncode(append(line, `,"packed":"`...), b.code(i))
	return append(line, "\"}\n"...)
}
