//go:build unix

package cli_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/cli"
)

// asCommand makes this test program be the command, for what only a process of its own can show.
const asCommand = "Q2_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func process(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(self, args...)
	command.Env = append(os.Environ(), asCommand+"=1")
	stderr := &bytes.Buffer{}
	command.Stderr = stderr
	return command, stderr
}

// TestQuantiseEndedBySignal: whoever is ended while it waits for rows leaves no file, and ends by that signal.
func TestQuantiseEndedBySignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			inFolder(t)
			command, stderr := process(t, "quantise", "--format", "raw", "--dtype", "fp32", "--dim", "4", "-", "-o", "codes")
			stdin, err := command.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			defer stdin.Close()
			_, err = stdin.Write(floats(1, 2, 3, 4))
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				parts, _ := filepath.Glob(".codes.*.part")
				return len(parts) == 1
			}, 10*time.Second, time.Millisecond, "the file in the making")

			require.NoError(t, command.Process.Signal(s))
			err = command.Wait()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, s, exit.Sys().(syscall.WaitStatus).Signal())
			assert.Empty(t, stderr.String())
			assert.Empty(t, files(t))
		})
	}
}

// TestQuantiseReaderStops: `q2 quantise … -o codes | head -1` still leaves the whole file, and no complaint.
func TestQuantiseReaderStops(t *testing.T) {
	inFolder(t)
	f := goldenRows(t, q2.FP32, 4, 1).times(8000)
	write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
	command, stderr := process(t, "quantise", "in.npy", "-o", "codes")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	first := make([]byte, 17)
	_, err = io.ReadFull(stdout, first)
	require.NoError(t, err)
	require.NoError(t, stdout.Close())

	assert.NoError(t, command.Wait())
	assert.Equal(t, f.keys[:17], string(first))
	assert.Empty(t, stderr.String())
	assert.True(t, bytes.Equal(f.codes, read(t, "codes")))
	assert.Equal(t, []string{"codes", "in.npy"}, files(t))
}
