package cli_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

// TestVerifyTable: a row for every backend and instruction set, whole or with a reason.
func TestVerifyTable(t *testing.T) {
	t.Setenv("Q2_REQUIRE", "go")
	lines := strings.Split(strings.TrimSpace(succeeds(t, q2run("", "verify"))), "\n")
	require.Len(t, lines, 1+len(q2.Backends()))
	for i, b := range q2.Backends() {
		want := fmt.Sprintf(`^%-8s  %-8s  763 of 763    \d+ ms$`, b.Name, b.ISA)
		if !b.Available {
			want = fmt.Sprintf("^%-8s  %-8s  not available: %s$", b.Name, b.ISA, regexp.QuoteMeta(b.Reason))
		}
		assert.Regexp(t, want, lines[1+i])
	}
}

func TestVerifyJSON(t *testing.T) {
	t.Setenv("Q2_REQUIRE", "")
	decoder := json.NewDecoder(strings.NewReader(succeeds(t, q2run("", "verify", "--json"))))
	for _, b := range q2.Backends() {
		var row struct {
			Backend, ISA, Reason string
			Available            bool
			Cases, Passed        int
		}
		require.NoError(t, decoder.Decode(&row))
		assert.Equal(t, b, q2.Backend{Name: row.Backend, ISA: row.ISA, Available: row.Available, Reason: row.Reason})
		if b.Available {
			assert.Equal(t, []int{763, 763}, []int{row.Cases, row.Passed})
		}
	}
	assert.False(t, decoder.More())
}

func TestVerifyRequires(t *testing.T) {
	t.Setenv("Q2_REQUIRE", "go, avx3")
	r := q2run("", "verify")
	assert.Equal(t, 1, r.status)
	assert.Equal(t, "q2: Q2_REQUIRE names \"avx3\", which this build doesn't know\n", r.stderr)
	for name, reason := range notAvailable() {
		t.Setenv("Q2_REQUIRE", name)
		r := q2run("", "verify", "--json")
		assert.Equal(t, 1, r.status)
		assert.Equal(t, fmt.Sprintf("q2: Q2_REQUIRE names %s, which is not available: %s\n", name, reason), r.stderr)
	}
}

// notAvailable are the backends and instruction sets that no row of the table has, with the reason of the last that would.
func notAvailable() map[string]string {
	reasons := map[string]string{}
	for _, b := range q2.Backends() {
		if !b.Available {
			reasons[b.Name], reasons[b.ISA] = b.Reason, b.Reason
		}
	}
	for _, b := range q2.Backends() {
		if b.Available {
			delete(reasons, b.Name)
			delete(reasons, b.ISA)
		}
	}
	return reasons
}

// TestVerifyFindsEveryDifference spoils the first case, [n = 4], of a golden file in each of the things that are compared.
func TestVerifyFindsEveryDifference(t *testing.T) {
	inFolder(t)
	t.Setenv("Q2_REQUIRE", "")
	const record, input, packed = 16, 16 + 48, 16 + 48 + 16
	good := testdata.Golden
	key := binary.LittleEndian.Uint64(good[record+32:])
	first := q2.Backends()[0]
	for _, b := range q2.Backends() {
		if b.Available {
			first = b
			break
		}
	}
	for name, c := range map[string]struct {
		at   int
		flip byte
		want string
	}{
		"key":         {record + 32, 1, fmt.Sprintf("key %016x with 4 transitions, %016x with 4 expected", key, key^1)},
		"transitions": {record + 28, 4 ^ 3, fmt.Sprintf("key %016x with 4 transitions, %016x with 3 expected", key, key)},
		"code":        {packed, 0x40, fmt.Sprintf("code byte 0 is %02x, %02x expected", good[packed], good[packed]^0x40)},
	} {
		t.Run(name, func(t *testing.T) {
			file := append([]byte(nil), good...)
			file[c.at] ^= c.flip
			write(t, "bad.q2gv", file)
			r := q2run("", "verify", "bad.q2gv")
			assert.Equal(t, 1, r.status)
			assert.Contains(t, r.stdout, "762 of 763")
			assert.Equal(t, fmt.Sprintf("q2: %s/%s differs in 1 of 763 cases; the first is case 0 (fp32, n 4, seq_len 1): %s\n", first.Name, first.ISA, c.want), r.stderr)
		})
	}
	t.Run("refusal", func(t *testing.T) {
		file := append([]byte(nil), good...)
		copy(file[input:], "\x00\x00\xc0\x7f") // a NaN where the file expects an answer
		r := q2run(string(file), "verify", "-")
		assert.Equal(t, 1, r.status)
		assert.Contains(t, r.stderr, "differs in 1 of 763 cases; the first is case 0 (fp32, n 4, seq_len 1): ")
		assert.Contains(t, r.stderr, "no finite norm")
	})
}

func TestVerifyRefuses(t *testing.T) {
	inFolder(t)
	write(t, "empty", nil)
	write(t, "none", []byte("Q2GV\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	write(t, "cut", testdata.Golden[:100])
	fails(t, q2run("", "verify", "missing"), 1, "q2: open missing: no such file or directory")
	fails(t, q2run("", "verify", "empty"), 1, "q2: empty: golden file: byte 0: truncated: the header has 16 bytes")
	fails(t, q2run("", "verify", "none"), 1, "q2: none: the golden file holds no case")
	r := q2run("", "verify", "cut")
	assert.Equal(t, 1, r.status)
	assert.Empty(t, r.stdout)
	assert.Contains(t, r.stderr, "q2: cut: ")
	assert.Contains(t, r.stderr, "truncated")
}
