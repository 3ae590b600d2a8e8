package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// benchLines runs `q2 bench --quick --json` and returns its lines by kind.
func benchLines(t *testing.T, only ...string) map[string][]map[string]any {
	t.Helper()
	args := []string{"bench", "--quick", "--json"}
	for _, name := range only {
		args = append(args, "--only", name)
	}
	lines := map[string][]map[string]any{}
	for line := range strings.Lines(succeeds(t, q2run("", args...))) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		kind, _ := fields["kind"].(string)
		lines[kind] = append(lines[kind], fields)
	}
	return lines
}

// TestBenchJSON: every line says what it is, and no figure is missing or impossible.
func TestBenchJSON(t *testing.T) {
	lines := benchLines(t)
	assert.ElementsMatch(t, []string{"machine", "bar", "speed"}, slices.Collect(maps.Keys(lines)))
	require.Len(t, lines["machine"], 1)
	m := lines["machine"][0]
	assert.Equal(t, []any{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, true, 8.0 * (1 << 20)}, []any{m["go"], m["platform"], m["quick"], m["bytes"]})
	names := map[string]bool{}
	for _, bar := range lines["bar"] {
		name := bar["name"].(string)
		assert.False(t, names[name], "%s twice", name)
		names[name] = true
		assert.NotEmpty(t, bar["unit"], name)
		if bar["verdict"] == "not measured" {
			assert.NotEmpty(t, bar["missing"], name)
			continue
		}
		assert.Contains(t, []any{"met", "not met", "not met on this CPU", "reported"}, bar["verdict"], name)
		assert.LessOrEqual(t, bar["low"], bar["value"], name)
		assert.GreaterOrEqual(t, bar["high"], bar["value"], name)
		if bar["group"] != "fallback" { // of few rows, none may fall back
			assert.Positive(t, bar["value"], name)
		}
	}
}

// TestBenchHasEveryBar: the bars that the kernel is held to, by name, where its loops run.
func TestBenchHasEveryBar(t *testing.T) {
	bars := benchLines(t, "quantise", "dtypes", "fallback", "reference", "memory")["bar"]
	if _, err := q2.Open("cgo", "avx512"); err != nil {
		assert.Equal(t, []any{"quantise/avx512/n=384", "not measured"}, []any{bars[0]["name"], bars[0]["verdict"]}, "a bar of what is missing says so")
		return
	}
	defer q2.Open("cgo", "")
	limits := map[string]float64{}
	for _, bar := range bars {
		if limit, has := bar["limit"].(float64); has {
			limits[bar["name"].(string)] = limit
		}
	}
	assert.Equal(t, map[string]float64{
		"quantise/avx512/n=384": 7, "quantise/avx512/n=1024": 6, "quantise/avx512/n=4096": 6,
		"quantise/avx2/n=384": 7, "quantise/avx2/n=1024": 6, "quantise/avx2/n=4096": 6,
		"dtypes/avx512/bf16": 1.2, "dtypes/avx512/q8": 1.5, "dtypes/avx512/q4": 1.5, "dtypes/avx512/fp16": 2,
		"dtypes/avx2/bf16": 1.2, "dtypes/avx2/q8": 1.5, "dtypes/avx2/q4": 1.5, "dtypes/avx2/fp16": 2,
		"fallback/avx512/n=4096": 0.08, "fallback/avx2/n=4096": 0.08, "reference/first": 20,
		"rows/avx512": 0.85, "nearest/avx512": 0.92, "many/avx512": 5,
	}, limits)
}

// TestBenchBackends: every backend of the registry, at every size and in every batch.
func TestBenchBackends(t *testing.T) {
	want := map[string]bool{}
	for _, b := range q2.Backends() {
		if !b.Available {
			continue
		}
		for _, n := range []int{64, 384, 1024, 4096, 16384} {
			for _, call := range []string{"quantise 1", "rows 1", "rows 8", "rows 64"} {
				want[fmt.Sprintf("%s/%s n=%d %s", b.Name, b.ISA, n, call)] = true
			}
		}
	}
	got := map[string]bool{}
	for _, s := range benchLines(t, "backends")["speed"] {
		name := fmt.Sprintf("%s/%s n=%v %s %v", s["backend"], s["isa"], s["n"], s["call"], s["rows"])
		got[name] = true
		assert.Positive(t, s["nanoseconds"].(map[string]any)["value"], name)
		assert.Positive(t, s["gbps"], name)
		assert.Contains(t, s, "allocations")
		if s["backend"] == "go" {
			assert.Zero(t, s["call_share"], name)
		} else {
			assert.Positive(t, s["call_share"], name)
		}
	}
	assert.Equal(t, want, got)
}

func TestBenchScreen(t *testing.T) {
	screen := succeeds(t, q2run("", "bench", "--quick", "--only", "reference", "--only", "backends"))
	assert.Contains(t, screen, runtime.Version())
	best, err := q2.Open("", "")
	require.NoError(t, err)
	assert.Equal(t, best.Backend() != "go", strings.Contains(screen, "\nagainst plain Go, n = 4096\n"))
	assert.Contains(t, screen, "these figures are not to be relied upon")
	assert.NotContains(t, screen, "wide norm", "what was not asked for")
	for _, b := range q2.Backends() {
		if b.Available {
			assert.Regexp(t, fmt.Sprintf(`(?m)^4096 +8 rows +%s/%s +\d+\.\d `, b.Name, b.ISA), screen)
		} else {
			assert.Regexp(t, "(?m)backends/"+b.Name+"/"+b.ISA+".*: not measured: "+regexp.QuoteMeta(b.Reason)+"$", screen)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	fails(t, q2run("", "bench", "--only", "speed"), 1, `q2: "speed" is no group of benchmarks: there are quantise, dtypes, fallback, reference, memory, backends`)
	fails(t, q2run("", "bench", "--bytes", "1000"), 1, "q2: 1000 bytes to stream from memory: less than 134217728 may stay in a cache")
	fails(t, q2run("", "bench", "--quick", "--bytes=-1"), 1, "q2: -1 bytes to stream from memory: at least 4096 are needed")
	fails(t, q2run("", "bench", "--check", "--quick"), 2, "q2: --check and --quick can't be used together (see q2 bench kernel --help)")
	if runtime.GOOS == "linux" {
		r := q2run("", "bench", "--core", "1000")
		assert.Equal(t, 1, r.status)
		assert.Regexp(t, `^q2: core 1000: this process may use cores( \d+)+\n$`, r.stderr)
	}
}

// TestBenchLeavesTheBestKernel: a benchmark must not change what runs after it.
func TestBenchLeavesTheBestKernel(t *testing.T) {
	best, err := q2.Open("", "")
	require.NoError(t, err)
	before := best.String()
	benchLines(t, "backends")
	assert.Equal(t, before, best.String())
}

// TestBenchWithoutMemory: too much is refused before it is taken; without loops in C nothing is taken, and that is said.
func TestBenchWithoutMemory(t *testing.T) {
	r := q2run("", "bench", "--only", "memory", "--bytes", fmt.Sprint(1<<50))
	if _, err := q2.Open("cgo", ""); err != nil {
		assert.Contains(t, succeeds(t, r), "memory: not measured: ")
		return
	}
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "q2: memory: ")
	assert.Equal(t, 1, strings.Count(r.stderr, "\n"))
}

// indexBars runs `q2 bench index --quick --alone --json` and returns its bars by name.
func indexBars(t *testing.T) map[string]map[string]any {
	t.Helper()
	bars := map[string]map[string]any{}
	for line := range strings.Lines(succeeds(t, q2run("", "bench", "index", "--quick", "--alone", "--codes", "5000", "--json"))) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		if fields["kind"] == "bar" {
			bars[fields["name"].(string)] = fields
		}
	}
	return bars
}

// TestBenchIndex: every ranking is measured, one query and many, and the bars are those that searching is held to.
func TestBenchIndex(t *testing.T) {
	bars := indexBars(t)
	if _, err := q2.Open("cgo", ""); err != nil {
		assert.Equal(t, "not measured", bars["search"]["verdict"])
		return
	}
	want := []string{"others"}
	for _, ranking := range []string{"lee", "l1", "code-dot", "dot"} {
		want = append(want, "single/"+ranking, "many/"+ranking)
		assert.Positive(t, bars["single/"+ranking]["value"])
		assert.Positive(t, bars["many/"+ranking]["value"])
	}
	assert.ElementsMatch(t, want, slices.Collect(maps.Keys(bars)))
	assert.Equal(t, []any{0.9, 0.8, nil}, []any{bars["single/lee"]["limit"], bars["single/dot"]["limit"], bars["single/l1"]["limit"]})
	assert.Equal(t, "other libraries were left out", bars["others"]["missing"])
}

func TestBenchIndexRefuses(t *testing.T) {
	fails(t, q2run("", "bench", "index", "--codes", "63"), 1, "q2: 63 codes to search: at least 64 are needed")
	fails(t, q2run("", "bench", "index", "--codes=-5"), 1, "q2: -5 codes to search: at least 64 are needed")
	fails(t, q2run("", "bench", "index", "--check", "--quick"), 2, "q2: --check and --quick can't be used together (see q2 bench index --help)")
}
