package cli_test

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/tools/q2/internal/cli"
)

// result is what a run of the command left behind.
type result struct {
	status         int
	stdout, stderr string
}

// q2run runs the command with the given stdin.
func q2run(stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := cli.Run(args, strings.NewReader(stdin), &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// fullDisk refuses every write.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func withBrokenStdout(args ...string) result {
	var stderr bytes.Buffer
	return result{cli.Run(args, strings.NewReader(""), fullDisk{}, &stderr), "", stderr.String()}
}

// succeeds asserts that a run went well and said nothing on stderr, and returns its stdout.
func succeeds(t *testing.T, r result) string {
	t.Helper()
	require.Equal(t, result{0, r.stdout, ""}, r)
	return r.stdout
}

// fails asserts a status, an empty stdout and exactly one line on stderr.
func fails(t *testing.T, r result, status int, line string) {
	t.Helper()
	assert.Equal(t, result{status, "", line + "\n"}, r)
}

// inFolder makes an empty folder the working directory, so that messages hold short names.
func inFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
}

// files lists the working directory.
func files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, content, 0o644))
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}

func TestWrongUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		line string
	}{
		"unknown command":  {[]string{"quantify"}, `q2: unexpected argument quantify, did you mean "quantise"? (see q2 --help)`},
		"unknown flag":     {[]string{"verify", "--fast"}, "q2: unknown flag --fast (see q2 verify --help)"},
		"missing argument": {[]string{"quantise"}, `q2: expected "<file>" (see q2 quantise --help)`},
		"not a number":     {[]string{"quantise", "--dim", "many", "x"}, `q2: --dim: expected a valid 64 bit int but got "many" (see q2 quantise --help)`},
		"unknown dtype":    {[]string{"quantise", "--dtype", "fp64", "x"}, `q2: --dtype: dtype is "fp64", must be fp32, fp16, q8, q4, q2 or bf16 (see q2 quantise --help)`},
		"unknown format":   {[]string{"quantise", "--format", "csv", "x"}, `q2: --format must be one of "npy","raw","parquet","arrow" but got "csv" (see q2 quantise --help)`},
		"no subcommand":    {[]string{"model"}, `q2: expected one of "inspect", "expose" (see q2 model --help)`},
		"no dimension":     {[]string{"key", "codes"}, "q2: missing flags: --dim=N (see q2 key --help)"},
	} {
		t.Run(name, func(t *testing.T) { fails(t, q2run("", c.args...), 2, c.line) })
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	assert.Equal(t, succeeds(t, q2run("")), succeeds(t, q2run("", "--help")))
	for _, command := range []string{"demo", "quantise", "key", "distance", "fingerprint", "model inspect", "verify", "bench kernel", "bench index", "export", "serve", "index build", "index search", "doctor", "setup", "version"} {
		help := succeeds(t, q2run("", append(strings.Fields(command), "--help")...))
		assert.Contains(t, help, "Usage: q2 "+strings.Fields(command)[0])
		assert.Contains(t, help, "Examples:", command)
		for line := range strings.Lines(help) {
			assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, "%s: %q", command, line)
		}
	}
}

func TestVersion(t *testing.T) {
	assert.Regexp(t, `^q2 \S+ \((libq2 \d+\.\d+\.\d+|plain Go), go1\.\S+, \w+/\w+\)\n$`, succeeds(t, q2run("", "version")))
	assert.Regexp(t, `^\{"command":"\S+".*"go":"go1\..*\}\n$`, succeeds(t, q2run("", "version", "--json")))
}
