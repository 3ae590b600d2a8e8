package bench

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
)

func TestParseOthers(t *testing.T) {
	list, err := parseOthers(`{"name": "a", "version": "1.2", "queries_per_second": [3.5, 4]}` + "\n" + `{"name": "b", "missing": "no"}` + "\n")
	require.NoError(t, err)
	assert.Equal(t, []other{{Name: "a", Version: "1.2", QueriesPerSecond: []float64{3.5, 4}}, {Name: "b", Missing: "no"}}, list)
	_, err = parseOthers("Killed\n")
	assert.ErrorContains(t, err, `said "Killed"`)
	_, err = parseOthers(`{"name": "a"}`)
	assert.ErrorContains(t, err, "said nothing of a")
}

// Without Python the reason is the bar's, and nothing stays in the cache that a later run would take for whole.
func TestOthersWithoutPython(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cache.Environment, dir)
	t.Setenv("PATH", "")
	_, err := othersPython(context.Background())
	assert.ErrorContains(t, err, "there is no python3")
	left, err := filepath.Glob(filepath.Join(dir, "bench", "*", "complete"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// A Python that is broken says so in the error, by its last line.
func TestOthersWithABrokenPython(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\necho first\necho no module named venv >&2\nexit 3\n"), 0o755))
	t.Setenv(cache.Environment, t.TempDir())
	t.Setenv("PATH", dir)
	_, err := othersPython(context.Background())
	assert.ErrorContains(t, err, "exit status 3: no module named venv")
}

func TestAgainstOther(t *testing.T) {
	r := &run{group: SearchGroup}
	faiss := other{Name: "FAISS IndexBinaryFlat", Version: "1", QueriesPerSecond: []float64{10, 10, 10}}
	r.againstOther(faiss, rankings[0], []float64{79, 81, 90})
	faiss.Name += ", a call a query"
	r.againstOther(faiss, rankings[0], []float64{79, 79, 79})
	r.againstOther(faiss, rankings[1], []float64{1, 1, 1}) // has no bar
	r.againstOther(other{Name: "usearch, exact", Missing: "gone"}, rankings[0], []float64{1})
	require.Len(t, r.report.Bars, 3)
	assert.Equal(t, []any{8.1, Met}, []any{r.report.Bars[0].Value, r.report.Bars[0].Verdict})
	assert.Equal(t, []any{7.9, NotMet}, []any{r.report.Bars[1].Value, r.report.Bars[1].Verdict})
	assert.Equal(t, NotMeasured, r.report.Bars[2].Verdict)
}
