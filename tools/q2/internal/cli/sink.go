package cli

import (
	"encoding/hex"
	"io"
	"strconv"

	"github.com/q2kernel/q2/gopkg/q2"
)

// sink takes results apart: codes to one writer, keys or JSON objects to another.
type sink struct {
	codes, text io.Writer
	json        bool
}

func (s sink) write(b *block) error {
	if _, err := s.codes.Write(b.packed[:b.count*q2.PackedLen(b.n)]); err != nil {
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
