package cli_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// TestQuantiseNpy gives golden rows in every element type and shape, and wants the golden keys and codes.
func TestQuantiseNpy(t *testing.T) {
	for name, c := range map[string]struct {
		descr string
		dtype q2.Dtype
		n     int
		seq   int
		shape func(f fixture) []int
		args  []string
	}{
		"fp32 matrix":            {"<f4", q2.FP32, 64, 1, matrix, nil},
		"fp32 said aloud":        {"<f4", q2.FP32, 64, 1, matrix, []string{"--dtype", "fp32", "--dim", "64"}},
		"fp32 sequences":         {"<f4", q2.FP32, 8, 3, cube, nil},
		"fp32 --seq-len":         {"<f4", q2.FP32, 4096, 2, matrix, []string{"--seq-len", "2"}},
		"fp32 cube, --seq-len":   {"<f4", q2.FP32, 8, 3, cube, []string{"--seq-len", "3"}},
		"fp16 matrix":            {"<f2", q2.FP16, 4096, 1, matrix, nil},
		"fp16 sequences":         {"<f2", q2.FP16, 1536, 2, cube, nil},
		"q8 matrix":              {"|i1", q2.Q8, 8192, 1, matrix, nil},
		"q4 matrix":              {"|u1", q2.Q4, 4096, 1, matrix, []string{"--dtype", "q4"}},
		"q2 matrix":              {"|u1", q2.Q2, 4096, 1, matrix, []string{"--dtype", "q2"}},
		"bf16 as void":           {"<V2", q2.BF16, 64, 2, cube, []string{"--dtype", "bf16"}},
		"bf16 as unsigned":       {"<u2", q2.BF16, 64, 2, cube, []string{"--dtype", "bf16"}},
		"bf16 of NumPy's own V2": {"|V2", q2.BF16, 1000, 2, cube, []string{"--dtype", "bf16"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t)
			f := goldenRows(t, c.dtype, c.n, c.seq)
			file := npyFile(c.descr, false, c.shape(f), f.rows)
			write(t, "in.npy", file)

			assert.Equal(t, f.keys, succeeds(t, q2run("", append([]string{"quantise", "in.npy", "-o", "codes"}, c.args...)...)))
			assert.Equal(t, f.codes, read(t, "codes"))
			assert.Equal(t, f.object, succeeds(t, q2run("", append([]string{"quantise", "--json", "in.npy"}, c.args...)...)))
			assert.Equal(t, f.keys, succeeds(t, q2run(string(file), append([]string{"quantise", "-"}, c.args...)...)))
		})
	}
}

// matrix and cube are a fixture's shapes in the file's own elements, which hold two dimensions of q4 or four of q2.
func matrix(f fixture) []int { return []int{f.count * f.seqLen, f.width()} }
func cube(f fixture) []int   { return []int{f.count, f.seqLen, f.width()} }

func (f fixture) width() int {
	switch f.dtype {
	case q2.Q4:
		return f.n / 2
	case q2.Q2:
		return (f.n + 3) / 4
	}
	return f.n
}

func TestQuantiseRaw(t *testing.T) {
	for _, f := range []fixture{
		goldenRows(t, q2.FP32, 64, 1), goldenRows(t, q2.FP32, 8, 3), goldenRows(t, q2.FP16, 4096, 1), goldenRows(t, q2.Q8, 8192, 1),
		goldenRows(t, q2.Q4, 4096, 1), goldenRows(t, q2.Q2, 4096, 1), goldenRows(t, q2.BF16, 63, 2),
	} {
		t.Run(fmt.Sprint(f.dtype, f.n, f.seqLen), func(t *testing.T) {
			inFolder(t)
			write(t, "in", f.rows)
			args := []string{"quantise", "--format", "raw", "--dtype", f.dtype.String(), "--dim", fmt.Sprint(f.n), "-o", "codes"}
			if f.seqLen > 1 {
				args = append(args, "--seq-len", fmt.Sprint(f.seqLen))
			}
			assert.Equal(t, f.keys, succeeds(t, q2run("", append(args, "in")...)))
			assert.Equal(t, f.codes, read(t, "codes"))
			assert.Equal(t, f.keys, succeeds(t, q2run(string(f.rows), append(args, "-")...)))
		})
	}
}

func TestQuantiseOneVector(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 96, 1)
	write(t, "in.npy", npyFile("<f4", false, []int{96}, f.rows[:4*96]))
	assert.Equal(t, f.keys[:17], succeeds(t, q2run("", "quantise", "in.npy")))
}

// TestQuantiseCodesToStdout: -o - prints the codes and nothing else.
func TestQuantiseCodesToStdout(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 64, 1)
	write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
	assert.Equal(t, string(f.codes), succeeds(t, q2run("", "quantise", "in.npy", "-o", "-")))
	fails(t, q2run("", "quantise", "in.npy", "-o", "-", "--json"), 2, "q2: -o - and --json both want stdout (see q2 quantise --help)")
}

// TestQuantiseManyBlocks: a file of several blocks, from a file and from a stream, with more keys than are held in memory.
func TestQuantiseManyBlocks(t *testing.T) {
	inFolder(t)
	for _, f := range []fixture{goldenRows(t, q2.FP32, 4, 1).times(4000), goldenRows(t, q2.FP32, 4096, 2).times(200)} {
		write(t, "in.npy", npyFile("<f4", false, cube(f), f.rows))
		assert.True(t, f.keys == succeeds(t, q2run("", "quantise", "in.npy", "-o", "codes")), "keys of a file")
		assert.True(t, string(f.codes) == string(read(t, "codes")), "codes of a file")
		assert.True(t, f.keys == succeeds(t, q2run(string(read(t, "in.npy")), "quantise", "-")), "keys of a stream")
	}
}

// TestQuantiseCountsRowsAcrossBlocks: numbers go on where the block before ended.
func TestQuantiseCountsRowsAcrossBlocks(t *testing.T) {
	inFolder(t)
	const count = 10_000
	array := bytes.Repeat(floats(1, 2, 3, 4), count)
	write(t, "in.npy", npyFile("<f4", false, []int{count, 4}, array))
	lines := strings.Split(succeeds(t, q2run("", "quantise", "--json", "in.npy")), "\n")
	require.Len(t, lines, count+1)
	for i, line := range lines[:count] {
		require.True(t, strings.HasPrefix(line, fmt.Sprintf(`{"row":%d,"n":4,`, i)), line)
	}
	copy(array[7777*16:], floats(float32(math.NaN())))
	write(t, "in.npy", npyFile("<f4", false, []int{count, 4}, array))
	fails(t, q2run("", "quantise", "in.npy"), 1, "q2: in.npy: row 7777 (counted from 0) is not finite: it holds a NaN or an infinity, or its squares overflow")
}

func TestQuantiseOnEveryKernel(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 1024, 1)
	write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
	for _, b := range q2.Backends() {
		if b.Available {
			assert.Equal(t, f.keys, succeeds(t, q2run("", "quantise", "in.npy", "--backend", b.Name, "--isa", b.ISA)))
		}
	}
	fails(t, q2run("", "quantise", "in.npy", "--backend", "gpu"), 1, `q2: backend is "gpu", must be cgo, purego, go or empty`)
	t.Setenv("Q2_ISA", "mmx")
	fails(t, q2run("", "quantise", "in.npy"), 1, `q2: instruction set is "mmx", must be scalar, avx2, avx512, neon, go or empty`)
}

// TestQuantiseRefuses gives every kind of bad input as a file and as a stream: one line, nothing printed, nothing left.
func TestQuantiseRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	rows := floats(1, 2, 3, 4, 5, 6, 7, 8)
	raw := func(args ...string) []string { return append([]string{"--format", "raw"}, args...) }
	fp32 := raw("--dtype", "fp32", "--dim", "4")
	const notFinite = "is not finite: it holds a NaN or an infinity, or its squares overflow"
	for name, c := range map[string]struct {
		file   []byte
		args   []string
		line   string // after "q2: in: "
		stream string // the same for a stream, where it differs
	}{
		"NaN row":            {npyFile("<f4", false, []int{3, 4}, floats(1, 2, 3, 4, 1, nan, 3, 4, nan, 2, 3, 4)), nil, "row 1 (counted from 0) " + notFinite, ""},
		"infinity":           {npyFile("<f4", false, []int{1, 4}, floats(1, 2, 3, inf)), nil, "row 0 (counted from 0) " + notFinite, ""},
		"squares overflow":   {npyFile("<f4", false, []int{1, 4}, floats(1, 2e19, 2e19, 4)), nil, "row 0 (counted from 0) " + notFinite, ""},
		"NaN in a last row":  {npyFile("<f4", false, []int{2, 2, 4}, append(rows, floats(1, 2, 3, 4, nan, 2, 3, 4)...)), nil, "the last row of sequence 1 (counted from 0) " + notFinite, ""},
		"truncated":          {npyFile("<f4", false, []int{2, 4}, rows[:29]), nil, "truncated: the array has 32 bytes, the file holds 29 of them: 3 are missing", ""},
		"truncated sequence": {npyFile("<f4", false, []int{2, 2, 4}, append(rows, 1, 2, 3)), nil, "truncated: the array has 64 bytes, the file holds 35 of them: 29 are missing", ""},
		"no rows at all":     {npyFile("<f4", false, []int{2, 4}, nil), nil, "truncated: the array has 32 bytes, the file holds 0 of them: 32 are missing", ""},
		"bytes after":        {npyFile("<f4", false, []int{2, 4}, append(rows, 9, 9)), nil, "2 bytes follow the array's 32", "more bytes follow the array's 32"},
		"empty file":         {nil, nil, "the input is empty", "not a .npy file: it doesn't begin with \\x93NUMPY; raw rows need --format raw --dtype NAME --dim N"},
		"not .npy":           {[]byte("PK\x03\x04 something else"), nil, "not a .npy file: it doesn't begin with \\x93NUMPY; raw rows need --format raw --dtype NAME --dim N", ""},
		"empty array":        {npyFile("<f4", false, []int{0, 4}, nil), nil, "the array is empty: shape (0, 4)", ""},
		"dimension 0":        {npyFile("<f4", false, []int{4, 0}, nil), nil, "the array is empty: shape (4, 0)", ""},
		"scalar":             {npyFile("<f4", false, nil, rows[:4]), nil, "the array has 0 dimensions, shape (): 1, 2 or 3 are expected", ""},
		"four dimensions":    {npyFile("<f4", false, []int{1, 1, 2, 4}, rows), nil, "the array has 4 dimensions, shape (1, 1, 2, 4): 1, 2 or 3 are expected", ""},
		"too wide":           {npyFile("<f4", false, []int{1, 1<<20 + 1}, nil), nil, "a row of 1048577 elements: the limit is 1048576 dimensions (2^20)", ""},
		"beyond 2^63":        {npyFile("<f4", false, []int{1 << 40, 1 << 40}, nil), nil, "shape (1099511627776, 1099511627776) has more than 2^63 elements", ""},
		"Fortran order":      {npyFile("<f4", true, []int{2, 4}, rows), nil, "the array is in Fortran order (column-major); save it with numpy.ascontiguousarray", ""},
		"big-endian":         {npyFile(">f4", false, []int{2, 4}, rows), nil, "elements of type >f4 are big-endian; save the array as little-endian", ""},
		"fp64":               {npyFile("<f8", false, []int{1, 4}, rows), nil, `elements of type "<f8" are not supported: fp32 (<f4), fp16 (<f2), q8 (|i1), q4 and q2 (|u1) and bf16 (<V2, <u2) are`, ""},
		"not that dtype":     {npyFile("<f4", false, []int{2, 4}, rows), []string{"--dtype", "fp16"}, "the array's elements are of type <f4, not fp16", ""},
		"not that dim":       {npyFile("<f4", false, []int{2, 4}, rows), []string{"--dim", "8"}, "dimension 8: a row of the array has 4", ""},
		"npy, dim 0":         {npyFile("<f4", false, []int{2, 4}, rows), []string{"--dim", "0"}, "dimension 0: at least 1 is needed", ""},
		"q2, another dim":    {npyFile("|u1", false, []int{2, 4}, rows[:8]), []string{"--dtype", "q2", "--dim", "12"}, "dimension 12: its code has 3 bytes, but a row of the array has 4", ""},
		"q2 sequences":       {npyFile("|u1", false, []int{2, 2, 2}, rows[:8]), []string{"--dtype", "q2"}, "shape (2, 2, 2): q2 rows are packed codes already, one a row; a sequence of them has no last token", ""},
		"seq-len no divisor": {npyFile("<f4", false, []int{2, 4}, rows), []string{"--seq-len", "3"}, "sequence length 3: the array's 2 rows are no multiple of it", ""},
		"seq-len of a cube":  {npyFile("<f4", false, []int{2, 1, 4}, rows), []string{"--seq-len", "2"}, "sequence length 2: the array's shape (2, 1, 4) says 1", ""},
		"seq-len 0":          {npyFile("<f4", false, []int{2, 4}, rows), []string{"--seq-len", "0"}, "sequence length 0: at least 1 is needed", ""},
		"raw: empty":         {nil, fp32, "the input is empty", ""},
		"raw: part of a row": {rows[:30], fp32, "30 bytes are no multiple of the 16 bytes of a row (fp32, dimension 4): 14 left over", ""},
		"raw: odd sequence":  {rows, append(fp32, "--seq-len", "3"), "32 bytes are no multiple of the 48 bytes of a sequence (3 rows of fp32, dimension 4): 32 left over", ""},
		"raw: NaN":           {floats(nan, 2, 3, 4), fp32, "row 0 (counted from 0) " + notFinite, ""},
		"raw: dim 0":         {rows, raw("--dtype", "fp32", "--dim", "0"), "dimension 0: at least 1 is needed", ""},
		"raw: dim below 0":   {rows, raw("--dtype", "fp32", "--dim=-4"), "dimension -4: at least 1 is needed", ""},
		"raw: dim too large": {rows, raw("--dtype", "fp32", "--dim", "1048577"), "dimension 1048577: the limit is 1048576 (2^20)", ""},
		"raw: odd q4":        {rows, raw("--dtype", "q4", "--dim", "5"), "dimension 5: q4 holds two elements a byte and needs an even one", ""},
		"raw: q2 sequence":   {rows, raw("--dtype", "q2", "--dim", "4", "--seq-len", "2"), "sequence length 2: q2 rows are packed codes already, one a row", ""},
		"raw: overflow":      {rows, raw("--dtype", "fp32", "--dim", "1048576", "--seq-len", "9223372036854775807"), "sequence length 9223372036854775807: a sequence of 4194304-byte rows passes 2^63 bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t)
			write(t, "in", c.file)
			write(t, "old", []byte("what was there"))
			args := append([]string{"quantise", "-o", "new"}, c.args...)
			fails(t, q2run("", append(args, "in")...), 1, "q2: in: "+c.line)
			fails(t, q2run("", append(append(args, "-o", "old"), "in")...), 1, "q2: in: "+c.line)
			if c.stream == "" {
				c.stream = c.line
			}
			fails(t, q2run(string(c.file), append(args, "-")...), 1, "q2: stdin: "+c.stream)
			assert.Equal(t, []string{"in", "old"}, files(t))
			assert.Equal(t, "what was there", string(read(t, "old")))
		})
	}
}

// TestQuantiseWrongUsage: what the flags leave open is the user's to say, status 2.
func TestQuantiseWrongUsage(t *testing.T) {
	inFolder(t)
	write(t, "u1.npy", npyFile("|u1", false, []int{2, 4}, make([]byte, 8)))
	write(t, "u2.npy", npyFile("<u2", false, []int{1, 4}, make([]byte, 8)))
	const undescribed = "a raw file doesn't describe itself: --dtype and --dim are needed"
	for _, c := range []struct {
		args []string
		line string
	}{
		{[]string{"u1.npy"}, "elements of type |u1 can be q4 or q2: --dtype says which"},
		{[]string{"u2.npy"}, "elements of type <u2 are read as bf16 only with --dtype bf16"},
		{[]string{"--format", "raw", "u1.npy"}, undescribed},
		{[]string{"--format", "raw", "--dtype", "fp32", "u1.npy"}, undescribed},
		{[]string{"--format", "raw", "--dim", "4", "u1.npy"}, undescribed},
	} {
		fails(t, q2run("", append([]string{"quantise", "-o", "new"}, c.args...)...), 2, "q2: "+c.line+" (see q2 quantise --help)")
	}
	assert.Equal(t, []string{"u1.npy", "u2.npy"}, files(t))
}

func TestQuantiseFilesThatCannotBe(t *testing.T) {
	inFolder(t)
	write(t, "in.npy", npyFile("<f4", false, []int{1, 4}, floats(1, 2, 3, 4)))
	require.NoError(t, os.Mkdir("folder", 0o755))
	fails(t, q2run("", "quantise", "missing.npy"), 1, "q2: open missing.npy: no such file or directory")
	fails(t, q2run("", "quantise", "folder"), 1, "q2: folder is a folder")
	fails(t, q2run("", "quantise", "in.npy", "-o", "nowhere/codes"), 1, "q2: output folder nowhere doesn't exist")
	fails(t, q2run("", "quantise", "in.npy", "-o", "folder"), 1, "q2: output folder is a folder")
	fails(t, q2run("", "quantise", "in.npy", "-o", "in.npy/codes"), 1, "q2: output in.npy/codes: not a directory")
	assert.Equal(t, []string{"folder", "in.npy"}, files(t))
}

// TestQuantiseBrokenStdout: when the keys can't be delivered, the codes don't appear either.
func TestQuantiseBrokenStdout(t *testing.T) {
	inFolder(t)
	write(t, "in.npy", npyFile("<f4", false, []int{1, 4}, floats(1, 2, 3, 4)))
	r := withBrokenStdout("quantise", "in.npy", "-o", "codes")
	assert.Equal(t, result{1, "", "q2: no space left on device\n"}, r)
	assert.Equal(t, []string{"in.npy"}, files(t))
}

// TestQuantiseInPlace: the output may take the input's place.
func TestQuantiseInPlace(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 64, 1)
	write(t, "both", npyFile("<f4", false, matrix(f), f.rows))
	assert.Equal(t, f.keys, succeeds(t, q2run("", "quantise", "both", "-o", "both")))
	assert.Equal(t, f.codes, read(t, "both"))
}
