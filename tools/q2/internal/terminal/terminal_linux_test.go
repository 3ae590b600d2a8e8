package terminal_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

// openTerminal makes a pseudo-terminal and returns both its ends.
func openTerminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { screen.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { program.Close() })
	return screen, program
}

func TestColourOnlyOnATerminal(t *testing.T) {
	_, program := openTerminal(t)
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	assert.Equal(t, "\x1b[1mhead\x1b[0m", terminal.For(program).Bold("head"))
	assert.Equal(t, "\x1b[38;5;27mA\x1b[0m\x1b[38;5;208mD\x1b[0m", terminal.For(program).Symbols("AD"))
	assert.Equal(t, "", terminal.For(program).Bold(""))

	assert.Equal(t, "head", terminal.For(&bytes.Buffer{}).Bold("head"))
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	assert.Equal(t, "AD", terminal.For(file).Symbols("AD"))

	t.Setenv("TERM", "dumb")
	assert.Equal(t, "head", terminal.For(program).Bold("head"))
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	assert.Equal(t, "head", terminal.For(program).Bold("head"))
}

func TestProgressOnlyOnATerminal(t *testing.T) {
	screen, program := openTerminal(t)
	const large = 64 << 20
	assert.Nil(t, terminal.NewProgress(&bytes.Buffer{}, "quantising", large))
	assert.Nil(t, terminal.NewProgress(program, "quantising", 1<<20), "a small file is done before anybody looks")
	assert.Nil(t, terminal.NewProgress(program, "quantising", -1), "a stream has no end to measure by")
	var none *terminal.Progress
	none.At(1)
	none.Clear()

	bar := terminal.NewProgress(program, "quantising", large)
	require.NotNil(t, bar)
	time.Sleep(150 * time.Millisecond) // the bar is drawn ten times a second
	bar.At(large / 2)
	shown := make([]byte, 4096)
	n, err := screen.Read(shown)
	require.NoError(t, err)
	for n < 2000 && !bytes.Contains(shown[:n], []byte("50%")) {
		more, err := screen.Read(shown[n:])
		require.NoError(t, err)
		n += more
	}
	assert.Contains(t, string(shown[:n]), "quantising  50%")
	bar.Clear()
}
