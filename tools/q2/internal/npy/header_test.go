package npy_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/tools/q2/internal/npy"
)

// file makes the start of a .npy file: magic, version, the length field of that version, dictionary.
func file(major byte, dictionary string) []byte {
	b := append([]byte("\x93NUMPY"), major, 0)
	if major == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(dictionary)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(dictionary)))
	}
	return append(b, dictionary...)
}

func TestReadHeader(t *testing.T) {
	for name, c := range map[string]struct {
		major byte
		text  string
		want  npy.Header
	}{
		"as NumPy writes it": {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      \n", npy.Header{Descr: "<f4", Shape: []int64{3, 4}}},
		"version 2":          {2, "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }\n", npy.Header{Descr: "<f2", Shape: []int64{3}}},
		"version 3, Fortran": {3, "{'descr': '|i1', 'fortran_order': True, 'shape': (1, 2, 3), }\n", npy.Header{Descr: "|i1", Fortran: true, Shape: []int64{1, 2, 3}}},
		"another order":      {1, `{"shape":(7,5),"fortran_order":False,"descr":"|u1"}`, npy.Header{Descr: "|u1", Shape: []int64{7, 5}}},
		"a scalar":           {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", npy.Header{Descr: "<f4"}},
		"Python 2 integers":  {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 4L), }", npy.Header{Descr: "<f4", Shape: []int64{3, 4}}},
		"no rows":            {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }", npy.Header{Descr: "<f4", Shape: []int64{0, 4}}},
	} {
		t.Run(name, func(t *testing.T) {
			start := file(c.major, c.text)
			r := bytes.NewReader(append(start, "rows"...))
			got, length, err := npy.ReadHeader(r)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			assert.Equal(t, int64(len(start)), length)
			assert.Equal(t, 4, r.Len(), "the rows must be left unread")
		})
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	good := string(file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n"))
	dictionary := func(text string) string { return string(file(1, text)) }
	for name, c := range map[string]struct{ file, want string }{
		"empty":             {"", "not a .npy file"},
		"something else":    {"PK\x03\x04 and then some", "not a .npy file"},
		"only the magic":    {good[:6], "truncated .npy file"},
		"no length":         {good[:8], "truncated .npy file"},
		"half a length":     {good[:9], "truncated .npy file"},
		"half a dictionary": {good[:30], "truncated .npy file"},
		"version 9":         {"\x93NUMPY\x09\x00\x00\x00", "unknown .npy version 9.0"},
		"four gigabytes":    {"\x93NUMPY\x02\x00\xff\xff\xff\xff", "claims 4294967295 bytes (limit 1048576)"},
		"no dictionary":     {dictionary(""), `"{" expected at byte 0`},
		"no end":            {dictionary("{'descr': '<f4'"), "',' or '}' expected"},
		"open string":       {dictionary("{'descr"), "a string doesn't end"},
		"escape":            {dictionary(`{'de\x73cr': '<f4'}`), "escape"},
		"structured":        {dictionary("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }"), "structured element types"},
		"no shape":          {dictionary("{'descr': '<f4', 'fortran_order': False, }"), `entry "shape" is missing`},
		"twice":             {dictionary("{'descr': '<f4', 'descr': '<f4', }"), `entry "descr" appears twice`},
		"unknown entry":     {dictionary("{'colour': '<f4', }"), `unknown entry "colour"`},
		"not a boolean":     {dictionary("{'fortran_order': Maybe, }"), "True or False expected"},
		"negative":          {dictionary("{'shape': (-3, 4), }"), "dimension below 2^63 expected"},
		"too large":         {dictionary("{'shape': (9223372036854775808,), }"), "dimension below 2^63 expected"},
		"no comma":          {dictionary("{'shape': (3 4), }"), "',' or ')' expected"},
		"open tuple":        {dictionary("{'shape': (3, "), "dimension below 2^63 expected"},
		"something after":   {dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x"), "something follows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := npy.ReadHeader(strings.NewReader(c.file))
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

func TestElementsRefusesOverflow(t *testing.T) {
	product, err := npy.Header{Shape: []int64{1 << 31, 1 << 31}}.Elements()
	require.NoError(t, err)
	assert.Equal(t, int64(1)<<62, product)
	_, err = npy.Header{Shape: []int64{1 << 32, 1 << 31}}.Elements()
	assert.ErrorContains(t, err, "(4294967296, 2147483648) has more than 2^63 elements")
}

// FuzzReadHeader holds that no input panics and that what is accepted has no negative dimension.
func FuzzReadHeader(f *testing.F) {
	f.Add(file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n"))
	f.Add(file(2, "{'shape':(7,5),"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, length, err := npy.ReadHeader(bytes.NewReader(b))
		if err != nil {
			return
		}
		assert.LessOrEqual(t, length, int64(len(b)))
		for _, d := range h.Shape {
			assert.GreaterOrEqual(t, d, int64(0))
		}
	})
}
