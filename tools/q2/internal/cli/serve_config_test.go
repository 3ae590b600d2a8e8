package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// serveFlags are the flags of q2 serve as kong knows them, but for --help and --config.
func serveFlags(t *testing.T) (names []string) {
	t.Helper()
	parser, err := newParser(io.Discard, io.Discard)
	require.NoError(t, err)
	for _, command := range parser.Model.Children {
		for _, flag := range command.Flags {
			if command.Name == "serve" && flag.Name != "help" && flag.Name != "config" {
				names = append(names, flag.Name)
			}
		}
	}
	return names
}

// parseServe is what q2 serve would run with.
func parseServe(args ...string) (server.Config, error) {
	parser, err := newParser(io.Discard, io.Discard)
	if err != nil {
		return server.Config{}, err
	}
	parsed, err := parser.Parse(append([]string{"serve"}, args...))
	if err != nil {
		return server.Config{}, err
	}
	return parsed.Selected().Target.Interface().(serveCommand).Config, nil
}

// other is a value for a field that is not its default.
func other(t *testing.T, field reflect.Value, name string) string {
	t.Helper()
	switch v := field.Interface().(type) {
	case time.Duration:
		return (v + time.Second).String()
	case string:
		switch name {
		case "log-format":
			return "json"
		case "log-level":
			return "warn"
		}
		return "127.0.0.1:7"
	case bool:
		return strconv.FormatBool(!v)
	case int, int64:
		return fmt.Sprint(field.Int() + 3)
	case float64:
		return fmt.Sprint(v + 2.5)
	case []string:
		return "https://a.example"
	}
	t.Fatalf("%s has a type without a test: %v", name, field.Type())
	return ""
}

// One list of names: each setting has its flag, its variable and its place in the file, all three do the same, and nothing else is there.
func TestServeFlagsEnvironmentAndFileAgree(t *testing.T) {
	names := serveFlags(t)
	base, err := parseServe()
	require.NoError(t, err)
	fields := reflect.ValueOf(base)
	require.Len(t, names, fields.NumField())
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			value := other(t, fields.Field(i), name)
			byFlag, err := parseServe("--" + name + "=" + value)
			require.NoError(t, err)
			assert.NotEqual(t, base, byFlag)
			assert.NotEqual(t, fields.Field(i).Interface(), reflect.ValueOf(byFlag).Field(i).Interface(), "the flag is its field's")

			file := filepath.Join(t.TempDir(), "q2.yaml")
			require.NoError(t, os.WriteFile(file, []byte(name+": "+strconv.Quote(value)+"\n"), 0o600))
			byFile, err := parseServe("--config", file)
			require.NoError(t, err)
			assert.Equal(t, byFlag, byFile)

			t.Setenv("Q2_SERVE_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), value)
			byVariable, err := parseServe()
			require.NoError(t, err)
			assert.Equal(t, byFlag, byVariable)
		})
	}
}

func TestServeFlagBeforeEnvironmentBeforeFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "q2.yaml")
	require.NoError(t, os.WriteFile(file, []byte("# ours\nmax-texts: 5\nqueue: 6\nruns: 7\nallow-plaintext: true\nrate: 1.5\nidle-timeout: 7s\ncors-origin: [https://a.example, https://b.example]\n"), 0o600))
	t.Setenv("Q2_SERVE_CONFIG", file)
	t.Setenv("Q2_SERVE_QUEUE", "60")
	t.Setenv("Q2_SERVE_RUNS", "70")
	c, err := parseServe("--runs", "700")
	require.NoError(t, err)
	assert.Equal(t, []int{5, 60, 700}, []int{c.MaxTexts, c.Queue, c.Runs})
	assert.True(t, c.AllowPlaintext)
	assert.Equal(t, 1.5, c.Rate)
	assert.Equal(t, 7*time.Second, c.IdleTimeout)
	assert.Equal(t, []string{"https://a.example", "https://b.example"}, c.CORSOrigin)
}

func TestServeConfigFilesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"max-txets: 5\n":           `line 1: no setting is named "max-txets"`,
		"queue: 1\nqueue: 2\n":     "already defined",
		"queue: {a: 1}\n":          "line 1: queue: must be a plain value",
		"runs: 1\nqueue: many\n":   `q2.yaml, line 2: queue: expected a valid`,
		"idle-timeout: 5\n":        `line 1: idle-timeout: expected duration but got "5"`,
		"config: other.yaml\n":     `no setting is named "config"`,
		"cors-origin:\n  - [a]\n":  "element 0",
		"- queue\n":                "cannot unmarshal",
		"log-level: loud\n":        `line 1: log-level: is "loud", must be one of debug,info,warn,error`,
		"queue: 1\n\tmax-k: 2\n":   "q2.yaml",
		"keys: [a, b, c, d, e,]\n": "keys",
	} {
		file := filepath.Join(t.TempDir(), "q2.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := parseServe("--config", file)
		assert.ErrorContains(t, err, want, text)
	}
	_, err := parseServe("--config", filepath.Join(t.TempDir(), "none.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
