package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseHeader reads the Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func parseHeader(text string) (Header, error) {
	var h Header
	seen := map[string]bool{}
	s := &scanner{text: text}
	s.expect('{')
	for s.err == nil && !s.accept('}') {
		key := s.quoted()
		s.expect(':')
		if seen[key] {
			s.fail("entry %q appears twice", key)
		}
		seen[key] = true
		s.entry(key, &h)
		if !s.accept(',') && !s.peek('}') {
			s.fail("',' or '}' expected at byte %d", s.at)
		}
	}
	if s.err == nil && strings.TrimSpace(s.text[s.at:]) != "" {
		s.fail("something follows the dictionary at byte %d", s.at)
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if s.err == nil && !seen[key] {
			s.fail("entry %q is missing", key)
		}
	}
	if s.err != nil {
		return Header{}, fmt.Errorf(".npy header: %w", s.err)
	}
	return h, nil
}

// scanner walks the dictionary; the first error stops everything after it.
type scanner struct {
	text string
	at   int
	err  error
}

func (s *scanner) entry(key string, h *Header) {
	switch key {
	case "descr":
		h.Descr = s.descr()
	case "fortran_order":
		h.Fortran = s.boolean()
	case "shape":
		h.Shape = s.tuple()
	default:
		s.fail("unknown entry %q", key)
	}
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
		s.at = len(s.text)
	}
}

func (s *scanner) peek(c byte) bool {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
	return s.at < len(s.text) && s.text[s.at] == c
}

func (s *scanner) accept(c byte) bool {
	if !s.peek(c) {
		return false
	}
	s.at++
	return true
}

func (s *scanner) expect(c byte) {
	if !s.accept(c) {
		s.fail("%q expected at byte %d", string(c), s.at)
	}
}

// quoted reads a Python string without escapes, in either kind of quotes.
func (s *scanner) quoted() string {
	quote := byte('\'')
	if s.peek('"') {
		quote = '"'
	}
	s.expect(quote)
	length := strings.IndexByte(s.text[s.at:], quote)
	if length < 0 {
		s.fail("a string doesn't end")
		return ""
	}
	value := s.text[s.at : s.at+length]
	if strings.IndexByte(value, '\\') >= 0 {
		s.fail("a string has an escape: %q", value)
		return ""
	}
	s.at += length + 1
	return value
}

// descr reads the element type. A structured one is a list; no element type of ours is, so it's named and refused here.
func (s *scanner) descr() string {
	if s.peek('[') {
		s.err = errors.New("structured element types are not supported")
		s.at = len(s.text)
		return ""
	}
	return s.quoted()
}

func (s *scanner) boolean() bool {
	for word, value := range map[string]bool{"True": true, "False": false} {
		if s.peek(word[0]) && strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return value
		}
	}
	s.fail("True or False expected at byte %d", s.at)
	return false
}

// tuple reads (), (3,), (3, 4) and Python 2's (3L, 4L).
func (s *scanner) tuple() []int64 {
	var values []int64
	s.expect('(')
	for s.err == nil && !s.accept(')') {
		values = append(values, s.integer())
		if !s.accept(',') && !s.peek(')') {
			s.fail("',' or ')' expected at byte %d", s.at)
		}
	}
	return values
}

func (s *scanner) integer() int64 {
	s.peek('0')
	end := s.at
	for end < len(s.text) && s.text[end] >= '0' && s.text[end] <= '9' {
		end++
	}
	value, err := strconv.ParseInt(s.text[s.at:end], 10, 64)
	if err != nil {
		s.fail("a dimension below 2^63 expected at byte %d", s.at)
		return 0
	}
	s.at = end
	if s.at < len(s.text) && s.text[s.at] == 'L' {
		s.at++
	}
	return value
}

// FormatShape writes a shape as Python does: "(3, 4)", "(3,)", "()".
func FormatShape(shape []int64) string {
	words := make([]string, len(shape))
	for i, d := range shape {
		words[i] = strconv.FormatInt(d, 10)
	}
	if len(words) == 1 {
		return "(" + words[0] + ",)"
	}
	return "(" + strings.Join(words, ", ") + ")"
}
