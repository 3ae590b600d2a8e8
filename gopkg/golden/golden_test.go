package golden_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/testdata"
)

func TestParseReadsTheEmbeddedFile(t *testing.T) {
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	require.Len(t, cases, 763)

	perDtype, refused := map[uint32]int{}, 0
	for _, c := range cases {
		perDtype[c.Dtype]++
		if c.Status == golden.StatusNotFinite {
			refused++
		}
	}
	assert.Equal(t, map[uint32]int{0: 342, 1: 168, 2: 118, 3: 70, 4: 32, 5: 33}, perDtype)
	assert.Equal(t, 40, refused)
}

// The first record of the file, read off a hex dump.
func TestParseReadsEveryField(t *testing.T) {
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	first := cases[0]
	assert.Equal(t, golden.Case{
		Dtype: 0, N: 4, SeqLen: 1, Status: golden.StatusOK, Source: golden.SourceBrowser,
		Input:  []byte{0x32, 0x0a, 0xa1, 0x46, 0xc9, 0x88, 0x03, 0xc5, 0x5b, 0xdc, 0x83, 0xc7, 0x3d, 0x1b, 0x41, 0xc5},
		Packed: []byte{0xd1}, Key: 0x9100000000000000, Transitions: 4, Offset: 16,
	}, first)
	assert.Equal(t, 88, cases[1].Offset)
	assert.Equal(t, uint64(0x6000000000000000), cases[1].Key)
}

// file is one valid q8 case of n = 5 at offset 16: 5 input bytes at 64, 2 code bytes at 69, 1 byte of padding at 71.
func file() []byte {
	b := append([]byte("Q2GV"), make([]byte, 12)...)
	binary.LittleEndian.PutUint32(b[4:], 1)
	binary.LittleEndian.PutUint32(b[8:], 1)
	for _, field := range []uint32{2, 5, 1, 0, 1, 5, 2, 3, 0, 0x90000000, 0, 0} {
		b = binary.LittleEndian.AppendUint32(b, field)
	}
	return append(b, 9, 9, 9, 9, 9, 0xaa, 0x80, 0)
}

func TestParseTellsWhereAFileIsWrong(t *testing.T) {
	_, err := golden.Parse(file())
	require.NoError(t, err)

	set := func(offset int, value byte) func([]byte) []byte {
		return func(b []byte) []byte { b[offset] = value; return b }
	}
	refused := func(edit func([]byte)) func([]byte) []byte {
		return func(b []byte) []byte {
			b[28] = 3 // status
			clear(b[44:56])
			clear(b[69:71])
			edit(b)
			return b
		}
	}
	for name, wrong := range map[string]struct {
		edit   func([]byte) []byte
		offset int
		text   string
	}{
		"empty":                  {func([]byte) []byte { return nil }, 0, "truncated"},
		"header cut":             {func(b []byte) []byte { return b[:15] }, 15, "truncated"},
		"magic":                  {set(0, 'q'), 0, "magic"},
		"version":                {set(4, 2), 4, "version is 2"},
		"header reserved":        {set(12, 1), 12, "reserved"},
		"count too large":        {set(8, 2), 72, "truncated"},
		"count huge":             {set(11, 0xff), 72, "truncated"},
		"count too small":        {set(8, 0), 16, "56 bytes after"},
		"record cut":             {func(b []byte) []byte { return b[:63] }, 63, "truncated"},
		"input cut":              {func(b []byte) []byte { return b[:66] }, 66, "truncated"},
		"code cut":               {func(b []byte) []byte { return b[:70] }, 70, "truncated"},
		"padding cut":            {func(b []byte) []byte { return b[:71] }, 71, "truncated"},
		"padding not zero":       {set(71, 1), 71, "padding"},
		"bytes after":            {func(b []byte) []byte { return append(b, 0) }, 72, "1 bytes after"},
		"dtype":                  {set(16, 6), 16, "dtype is 6"},
		"n zero":                 {set(20, 0), 20, "n is 0"},
		"n over the limit":       {set(23, 0xff), 20, "not in 1 to"},
		"q4 with odd n":          {set(16, 3), 20, "even"},
		"seq_len zero":           {set(24, 0), 24, "seq_len is 0"},
		"seq_len huge":           {set(27, 0xff), 24, "seq_len"},
		"status":                 {set(28, 1), 28, "status is 1"},
		"source":                 {set(32, 2), 32, "source is 2"},
		"input length":           {set(36, 6), 36, "input has 6 bytes"},
		"code length":            {set(40, 3), 40, "code has 3 bytes"},
		"no transitions":         {set(44, 0), 44, "transitions is 0"},
		"transitions past n":     {set(44, 6), 44, "transitions is 6"},
		"record reserved":        {set(56, 1), 56, "reserved"},
		"refused with key":       {refused(func(b []byte) { b[48] = 1 }), 48, "key"},
		"refused with walk":      {refused(func(b []byte) { b[44] = 1 }), 44, "transitions"},
		"refused with code byte": {refused(func(b []byte) { b[70] = 1 }), 70, "code byte"},
	} {
		t.Run(name, func(t *testing.T) {
			cases, err := golden.Parse(wrong.edit(file()))
			assert.Nil(t, cases)
			var format *golden.FormatError
			require.ErrorAs(t, err, &format)
			assert.Equal(t, wrong.offset, format.Offset, err)
			assert.ErrorContains(t, err, wrong.text)
		})
	}
}

func TestParseRefusesEveryPrefix(t *testing.T) {
	whole := file()
	for n := range whole {
		_, err := golden.Parse(whole[:n])
		var format *golden.FormatError
		require.ErrorAs(t, err, &format, "first %d bytes", n)
		assert.Equal(t, n, format.Offset, "first %d bytes", n)
	}
}
