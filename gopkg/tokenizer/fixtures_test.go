package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixtures holds what the Rust library said; its README tells how it was made.
const fixtures = "../../testdata/tokenizer"

const modelFile = fixtures + "/all-MiniLM-L6-v2/tokenizer.json"

func loadModel(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := Load(modelFile)
	require.NoError(t, err)
	return tok
}

// loadWhole is the model without the limit of 128 ids that its file sets.
func loadWhole(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := loadModel(t).With(Options{NoTruncation: true})
	require.NoError(t, err)
	return tok
}

func readLines[T any](t testing.TB, name string) []T {
	t.Helper()
	file, err := os.Open(filepath.Join(fixtures, name))
	require.NoError(t, err)
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<24)
	var rows []T
	for scanner.Scan() {
		var row T
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &row))
		rows = append(rows, row)
	}
	require.NoError(t, scanner.Err())
	return rows
}

type textFixture struct {
	Text string  `json:"text"`
	IDs  []int64 `json:"ids"`
}

func readTexts(t testing.TB) []textFixture { return readLines[textFixture](t, "texts.jsonl") }

type variantFixture struct {
	Name      string          `json:"name"`
	Tokenizer json.RawMessage `json:"tokenizer"`
	Special   bool            `json:"special"`
	Texts     []string        `json:"texts"`
	IDs       [][]int64       `json:"ids"`
}
