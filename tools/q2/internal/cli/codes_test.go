package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/q2kernel/q2/gopkg/q2"
)

func TestKey(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 64, 1)
	write(t, "codes", f.codes)
	assert.Equal(t, f.keys, succeeds(t, q2run("", "key", "--dim", "64", "codes")))
	assert.Equal(t, f.keys, succeeds(t, q2run(string(f.codes), "key", "--dim", "64", "-")))
}

// TestKeyForms: D D A A C as bytes; bits beyond the fifth dimension are set and must not matter.
func TestKeyForms(t *testing.T) {
	inFolder(t)
	write(t, "codes", []byte{0b10_10_00_00, 0b11_01_01_01})
	assert.Equal(t, "c800000000000000\n", succeeds(t, q2run("", "key", "--dim", "5", "codes")))
	assert.Equal(t, "DAC\n", succeeds(t, q2run("", "key", "--dim", "5", "--symbols", "codes")))
	assert.Equal(t, `{"row":0,"n":5,"key":"c800000000000000","symbols":"DAC","transitions":3}`+"\n", succeeds(t, q2run("", "key", "--dim", "5", "--json", "codes")))
}

func TestKeyRefuses(t *testing.T) {
	inFolder(t)
	write(t, "codes", make([]byte, 31))
	write(t, "empty", nil)
	fails(t, q2run("", "key", "--dim", "64", "codes"), 1, "q2: codes: 31 bytes are no multiple of the 16 bytes of a row (q2, dimension 64): 15 left over")
	fails(t, q2run(strings.Repeat("x", 31), "key", "--dim", "64", "-"), 1, "q2: stdin: 31 bytes are no multiple of the 16 bytes of a row (q2, dimension 64): 15 left over")
	fails(t, q2run("", "key", "--dim", "64", "empty"), 1, "q2: empty: the input is empty")
	fails(t, q2run("", "key", "--dim", "0", "codes"), 1, "q2: codes: dimension 0: at least 1 is needed")
	fails(t, q2run("", "key", "--dim", "1048577", "codes"), 1, "q2: codes: dimension 1048577: the limit is 1048576 (2^20)")
	fails(t, q2run("", "key", "--dim", "64", "missing"), 1, "q2: open missing: no such file or directory")
}

// TestDistance uses codes of five dimensions whose distances are counted by hand. Bits beyond the fifth are dirty.
//
//	AAAAA = 00 00 00 00 | 00      BBBBB = 01 01 01 01 | 01
//	CCCCC = 11 11 11 11 | 11      ABCDA = 00 01 11 10 | 00
func TestDistance(t *testing.T) {
	inFolder(t)
	a, b, c, d := "\x00\x3f", "\x55\x40", "\xff\xff", "\x1e\x15"
	write(t, "one", []byte(a))
	write(t, "four", []byte(a+b+c+d))
	write(t, "back", []byte(d+c+b+a))
	write(t, "three", []byte(a+b+c))
	distance := func(args ...string) result { return q2run(b+d, append([]string{"distance", "--dim", "5"}, args...)...) }

	assert.Equal(t, "0\n", succeeds(t, distance("one", "one")))
	assert.Equal(t, "0\n5\n10\n4\n", succeeds(t, distance("one", "four")))
	assert.Equal(t, "0\n5\n10\n4\n", succeeds(t, distance("four", "one")))
	assert.Equal(t, "4\n5\n5\n4\n", succeeds(t, distance("four", "back")))
	assert.Equal(t, "5\n4\n", succeeds(t, distance("one", "-")))
	assert.Equal(t, `{"row":0,"n":5,"distance":5}`+"\n"+`{"row":1,"n":5,"distance":4}`+"\n", succeeds(t, distance("--json", "-", "one")))

	fails(t, distance("four", "three"), 1, "q2: three holds 3 codes and four more: as many, or a single one, are expected")
	fails(t, distance("-", "four"), 1, "q2: stdin holds 2 codes and four more: as many, or a single one, are expected")
	fails(t, distance("-", "-"), 2, "q2: only one of the two files can be stdin (see q2 distance --help)")
	fails(t, distance("one", "missing"), 1, "q2: open missing: no such file or directory")
	write(t, "odd", []byte(a+b+"x"))
	fails(t, distance("one", "odd"), 1, "q2: odd: 5 bytes are no multiple of the 2 bytes of a row (q2, dimension 5): 1 left over")
}

// TestDistanceOfManyCodes goes past one read of the file.
func TestDistanceOfManyCodes(t *testing.T) {
	inFolder(t)
	const n, count = 4096, 700
	var codes []byte
	var want strings.Builder
	for i := range count {
		code := make([]byte, n/4)
		for j := range i {
			code[j] = 0xff
		}
		codes = append(codes, code...)
		fmt.Fprintln(&want, 8*i)
	}
	write(t, "zero", make([]byte, n/4))
	write(t, "codes", codes)
	assert.Equal(t, want.String(), succeeds(t, q2run("", "distance", "--dim", "4096", "zero", "codes")))
}
