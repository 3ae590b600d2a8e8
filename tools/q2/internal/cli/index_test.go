package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// lineOf is an NDJSON line with an activation.
func lineOf(id int, payload string, activation ...float32) string {
	numbers, _ := json.Marshal(activation)
	return fmt.Sprintf(`{"id":%d,"activation":%s,"payload":%s}`+"\n", id, numbers, payload)
}

var fourLines = lineOf(9, `{"lang":"en","n":1}`, 1, 2, -3, 0.5) + lineOf(2, `{"lang":"de","n":2}`, 1, 2, -3, 0.5) +
	lineOf(18446744073709551615>>1, `[1, 2]`, -1, -2, 3, 0.5) + lineOf(4, `"x"`, 1, -2, -3, 0.5)

func TestIndexBuildSearchExport(t *testing.T) {
	inFolder(t)
	write(t, "in.jsonl", []byte(fourLines))
	assert.Empty(t, succeeds(t, q2run("", "index", "build", "ix", "in.jsonl", "--vectors", "fp32")))
	assert.Equal(t, []string{"in.jsonl", "ix"}, files(t))

	write(t, "query.npy", npyFile("<f4", false, []int{1, 4}, floats(1, 2, -3, 0.5)))
	for _, by := range []string{"dot", "l1", "lee"} {
		hits := succeeds(t, q2run("", "index", "search", "ix", "--npy", "query.npy", "--ranking", by, "-k", "2", "--json"))
		lines := strings.Split(strings.TrimSpace(hits), "\n")
		require.Len(t, lines, 2)
		assert.Contains(t, lines[0], `"id":2,`, "equal codes: the lower id first")
		assert.Contains(t, lines[0], `"payload":{"lang":"de","n":2}`)
		assert.Contains(t, lines[1], `"id":9,`)
	}
	filtered := func(args ...string) string {
		return succeeds(t, q2run("", append([]string{"index", "search", "ix", "--id", "2"}, args...)...))
	}
	assert.Regexp(t, `^ +\S+ +9  [0-9a-f]{16}  \{"lang":"en","n":1\}\n$`, filtered("--where", "lang=en"))
	assert.Regexp(t, `^ +\S+ +9  `, filtered("--where", "n=1"))
	assert.Empty(t, filtered("--where", "lang=fr"))
	assert.Equal(t, 2, strings.Count(filtered("--ids", "4,9"), "\n"))
	assert.Equal(t, 4, strings.Count(filtered("--keys", "0000000000000000-ffffffffffffffff"), "\n"))
	cosine := succeeds(t, q2run("", "index", "search", "ix", "--npy", "query.npy", "--rescore", "4", "-k", "1"))
	assert.Regexp(t, `^ +1 +2  `, cosine)

	exported := succeeds(t, q2run("", "index", "export", "ix"))
	assert.Equal(t, 4, strings.Count(exported, "\n"))
	var entry struct{ Key string }
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(exported, "\n", 2)[0]), &entry))
	for _, by := range []string{"--bucket", "--prefix", "--window"} {
		assert.Equal(t, 2, strings.Count(succeeds(t, q2run("", "index", "search", "ix", by, entry.Key, "-j", "32")), "\n"), by)
	}
	assert.Empty(t, succeeds(t, q2run(exported, "index", "build", "copy", "-", "--dim", "4")))
	assert.Equal(t, exported, succeeds(t, q2run("", "index", "export", "copy")))
	assert.Empty(t, succeeds(t, q2run("", "index", "export", "copy", "--format", "codes", "-o", "codes")))
	assert.Len(t, read(t, "codes"), 4)

	assert.Regexp(t, `^4 entries and \d files checked, 0 problems\n$`, succeeds(t, q2run("", "index", "verify", "copy")))
	assert.Contains(t, succeeds(t, q2run("", "index", "stats", "copy")), "entries     4 of 4 dimensions (dtype fp32, vectors none), batch 1\n")
}

// TestIndexSearchMany: many queries of a file are answered as each is alone, in their order.
func TestIndexSearchMany(t *testing.T) {
	inFolder(t)
	succeeds(t, q2run(fourLines, "index", "build", "ix", "-"))
	const queries = 600 // of two kinds, more than one pass takes
	var file, jsonWant, textWant strings.Builder
	codes := []string{"00", "1b", "2d", "6c", "93", "d8", "ff"}
	var jsonAlone, textAlone []string
	for _, code := range codes {
		jsonAlone = append(jsonAlone, succeeds(t, q2run("", "index", "search", "ix", "--code", code, "-k", "3", "--json")))
		textAlone = append(textAlone, succeeds(t, q2run("", "index", "search", "ix", "--code", code, "-k", "3")))
	}
	for i := range queries {
		jsonWant.WriteString(strings.ReplaceAll(jsonAlone[i%len(codes)], `{"query":0,`, fmt.Sprintf(`{"query":%d,`, i)))
		if i > 0 {
			textWant.WriteString("\n")
		}
		textWant.WriteString(textAlone[i%len(codes)])
		fmt.Fprintf(&file, `{"code":"%s"}`+"\n", codes[i%len(codes)])
	}
	assert.Equal(t, jsonWant.String(), succeeds(t, q2run(file.String(), "index", "search", "ix", "--queries", "-", "-k", "3", "--json")))
	assert.Equal(t, textWant.String(), succeeds(t, q2run(file.String(), "index", "search", "ix", "--queries", "-", "-k", "3")))
	rows := []float32{1, 2, -3, 0.5, 4, 1, 1, 1}
	write(t, "two.npy", npyFile("<f4", false, []int{2, 4}, floats(rows...)))
	lines := `{"activation":[1,2,-3,0.5]}` + "\n\n" + `{"id":5,"activation":[4,1,1,1],"payload":7}` + "\n"
	write(t, "two.jsonl", []byte(lines))
	want := succeeds(t, q2run("", "index", "search", "ix", "--npy", "two.npy"))
	assert.Equal(t, 9, strings.Count(want, "\n"), "two by four, and a line between them")
	assert.Equal(t, want, succeeds(t, q2run("", "index", "search", "ix", "--queries", "two.npy")))
	assert.Equal(t, want, succeeds(t, q2run("", "index", "search", "ix", "--queries", "two.jsonl")))

	fails(t, q2run(lines+`{"code":"1b1b"}`+"\n"+lines, "index", "search", "ix", "--queries", "-"), 1, "q2: stdin: line 4: index: length of code is 2, must be 1, for 4 dimensions")
	fails(t, q2run(lines+`{"id":3}`+"\n", "index", "search", "ix", "--queries", "-"), 1, `q2: stdin: line 4: it has 0 of "text", "activation" and "code", and needs one`)
}

func TestIndexOfRows(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 64, 1)
	write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
	write(t, "codes", f.codes)
	succeeds(t, q2run("", "index", "build", "states", "in.npy", "--first-id", "100"))
	succeeds(t, q2run("", "index", "build", "codes.index", "codes", "--format", "codes", "--dim", "64"))
	for _, name := range []string{"states", "codes.index"} {
		succeeds(t, q2run("", "index", "export", name, "--format", "codes", "-o", "out"))
		assert.Equal(t, f.codes, read(t, "out"))
	}
	assert.True(t, strings.HasPrefix(succeeds(t, q2run("", "index", "export", "states")), `{"id":100,"key":"`+f.keys[:16]))
	succeeds(t, q2run("", "index", "add", "states", "in.npy", "--first-id", "100"))
	fails(t, q2run("", "index", "add", "states", "in.npy", "--first-id", "99", "--only-new"), 1,
		"q2: in.npy: row 1 (counted from 0): index: id exists: 100")
	succeeds(t, q2run("", "index", "export", "states", "--format", "codes", "-o", "out"))
	assert.Equal(t, f.codes, read(t, "out"), "a refused input was written in part")
}

// TestIndexErrors: each names line and value, and leaves nothing.
func TestIndexErrors(t *testing.T) {
	inFolder(t)
	good := lineOf(1, `1`, 1, 2, 3, 4)
	for line, want := range map[string]string{
		`{"id":2`:                                       "line 2: no JSON object: it is cut short",
		`{"id":2,"activation":[1,2,3,4],"x":1}`:         `line 2: json: unknown field "x"`,
		`{"activation":[1,2,3,4]}`:                      `line 2: there is no "id"`,
		`{"id":-1,"activation":[1,2,3,4]}`:              `line 2: "id" is -1, must be a whole number from 0 to 2^64 - 1`,
		`{"id":2,"activation":[1,2,3]}`:                 "line 2: it has 3 dimensions, and those before have 4",
		`{"id":2,"code":"1g"}`:                          `line 2: "code": "1g" is not hex`,
		`{"id":2,"code":"1b","key":"0000000000000000"}`: `line 2: "key" is "0000000000000000", and its code's is 1e00000000000000`,
		`{"id":2,"code":"1b1b"}`:                        "line 2: index: length of code is 2, must be 1, for 4 dimensions",
		`{"id":2,"code":"1b","text":"a"}`:               `line 2: it has 2 of "text", "activation" and "code", and needs one`,
		`{"id":2,"activation":[3e38,3e38,1,1]}`:         "line 2: the row has no finite norm: a NaN or an infinity among its elements, or squares that overflow",
		`{"id":2,"activation":"a"}`:                     `line 2: "activation" is a string, which is no []float32`,
		`{"id":2,"activation":[1,2,3,4]} {}`:            "line 2: more follows the object",
	} {
		fails(t, q2run(good+line+"\n", "index", "build", "ix", "-"), 1, "q2: stdin: "+want)
		assert.Empty(t, files(t), "%s left something", line)
	}
	fails(t, q2run("", "index", "build", "ix", "-"), 1, "q2: stdin: the input is empty")
	fails(t, q2run(good, "index", "build", "none/ix", "-"), 1, "q2: stat none: no such file or directory")
	succeeds(t, q2run(good, "index", "build", "ix", "-"))
	fails(t, q2run(good, "index", "build", "ix", "-"), 1, "q2: ix exists; q2 index add writes into an index")
	fails(t, q2run(lineOf(5, "1", 1, 2, 3, 4)+`{"id":2}`, "index", "add", "ix", "-"), 1,
		`q2: stdin: line 2: it has 0 of "text", "activation" and "code", and needs one`)
	assert.Equal(t, 1, strings.Count(succeeds(t, q2run("", "index", "export", "ix")), "\n"), "a refused input was written in part")
	wd, err := os.Getwd()
	require.NoError(t, err)
	fails(t, q2run("", "index", "stats", "nowhere"), 1, "q2: index: no index there: "+filepath.Join(wd, "nowhere"))
	fails(t, q2run("", "index", "search", "ix"), 2, "q2: one of --text, --queries, --npy, --code, --id, --window, --prefix and --bucket is needed, and only one (see q2 index search --help)")
	fails(t, q2run("", "index", "search", "ix", "--bucket", "12"), 1, `q2: key "12": 16 hex digits are expected`)
	fails(t, q2run("", "index", "search", "ix", "--id", "77"), 1, "q2: index: no such id: 77")
	fails(t, q2run("", "index", "search", "ix", "--code", "1b1b"), 1, "q2: index: length of code is 2, must be 1, for 4 dimensions")
	fails(t, q2run("", "index", "search", "ix", "--id", "1", "-k", "0"), 1, "q2: index: k is 0, must be 1 to 65536")
	fails(t, q2run("", "index", "build", "iy", "codes", "--format", "codes"), 2, "q2: a file of codes needs --dim (see q2 index build --help)")
}

// TestIndexVerifyNamesTheFile: damage to the truth is reported with the file's name, and the exit status is 1.
func TestIndexVerifyNamesTheFile(t *testing.T) {
	inFolder(t)
	succeeds(t, q2run(fourLines, "index", "build", "ix", "-"))
	succeeds(t, q2run("", "index", "verify", "ix")) // which puts the log into a table
	tables, err := filepath.Glob("ix/store/*.sst")
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	raw := read(t, tables[0])
	raw[10] ^= 1
	write(t, tables[0], raw)
	r := q2run("", "index", "verify", "ix")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stdout+r.stderr, "store/"+filepath.Base(tables[0]))
}

// TestIndexOfColumns: a Parquet file gives what the same rows in a .npy file give.
func TestIndexOfColumns(t *testing.T) {
	f := goldenRows(t, q2.FP32, 64, 1)
	parquet, arrow := byPyarrow(t, "fixed.parquet"), byPyarrow(t, "lz4.arrow")
	inFolder(t)
	write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
	succeeds(t, q2run("", "index", "build", "rows", "in.npy"))
	want := succeeds(t, q2run("", "index", "export", "rows"))
	succeeds(t, q2run("", "index", "build", "lists", parquet))
	assert.Equal(t, want, succeeds(t, q2run("", "index", "export", "lists")))
	succeeds(t, q2run("", "index", "build", "named", "--column", "embedding", arrow))
	assert.Equal(t, want, succeeds(t, q2run("", "index", "export", "named")))
}
