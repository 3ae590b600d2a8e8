package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

var (
	// ErrNoPip means that this machine has no Python with pip, and that none could be made.
	ErrNoPip = errors.New("no Python with pip found; install it with: sudo apt-get install python3-pip python3-venv")
	// ErrNoNetwork means that pip could not reach its package index.
	ErrNoNetwork = errors.New("the package index can't be reached; check the network, the proxy and pip's configuration (pip config list)")
	// ErrRefused means that what arrived is not what is pinned.
	ErrRefused = errors.New("what the package index sent is not what is pinned (SHA-256 differs); nothing was kept")
	// ErrNotFound means that the index has no such package.
	ErrNotFound = errors.New("the package index that pip is configured with does not have it")

	errDiskFull = errors.New("no space left on device")
)

// pip is a Python interpreter that has pip.
type pip struct{ python string }

// findPip takes the machine's Python; where that has no pip, as on a bare Debian, a virtual environment in work may bring one.
func findPip(ctx context.Context, work string) (pip, error) {
	for _, name := range []string{"python3", "python"} {
		python, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if works(ctx, python) {
			return pip{python}, nil
		}
		if python, ok := makeVenv(ctx, python, filepath.Join(work, "venv")); ok {
			return pip{python}, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return pip{}, err
	}
	return pip{}, ErrNoPip
}

func works(ctx context.Context, python string) bool {
	return exec.CommandContext(ctx, python, "-m", "pip", "--version").Run() == nil
}

func makeVenv(ctx context.Context, python, folder string) (string, bool) {
	if exec.CommandContext(ctx, python, "-m", "venv", folder).Run() != nil {
		return "", false
	}
	for _, inside := range []string{"bin/python", `Scripts\python.exe`} {
		if python := filepath.Join(folder, inside); works(ctx, python) {
			return python, true
		}
	}
	return "", false
}

// download fetches one wheel into work and returns its path.
func (p pip) download(ctx context.Context, w wheel, work string, log io.Writer) (string, error) {
	folder, err := os.MkdirTemp(work, "wheel-*")
	if err != nil {
		return "", err
	}
	pins := filepath.Join(folder, "requirements.txt")
	if err := os.WriteFile(pins, fmt.Appendf(nil, "%s --hash=sha256:%s\n", w.requirement, w.sha256), 0o644); err != nil {
		return "", err
	}
	fmt.Fprintf(log, "fetching %s (%.1f MB)\n", w.requirement, float64(w.size)/1e6)
	if err := p.run(ctx, folder, w, log); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(folder, "*.whl"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("pip left %d wheels, expected 1", len(found))
	}
	return found[0], nil
}

// arguments name the interpreter and platform of the wheel, so that any Python on this machine can fetch it.
func (w wheel) arguments(folder string) []string {
	arguments := []string{"-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
		"--retries", "2", "--timeout", "30", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--requirement", filepath.Join(folder, "requirements.txt"), "--dest", folder, "--python-version", "3.12"}
	if w.platform != "" {
		arguments = append(arguments, "--implementation", "cp", "--abi", "cp312", "--platform", w.platform)
	}
	return arguments
}

func (p pip) run(ctx context.Context, folder string, w wheel, log io.Writer) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, p.python, w.arguments(folder)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	// pip downloads into its temporary folder first: there the bar can watch it, and there it goes away with ours.
	cmd.Env = append(os.Environ(), "TMPDIR="+folder, "TMP="+folder, "TEMP="+folder, "PIP_REQUIRE_VIRTUALENV=0", "LC_ALL=C")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 3 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := watch(folder, terminal.NewProgress(log, w.requirement, w.size), w.size)
	err := cmd.Wait()
	stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return failure(said.String(), err)
	}
	return nil
}

// watch moves the bar to the bytes that lie in folder, until the function it returns is called.
func watch(folder string, bar *terminal.Progress, total int64) (stop func()) {
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		tick := time.NewTicker(150 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				// Before the download begins there are only small files, and a rate made of them says nothing.
				if bytes := folderBytes(folder); bytes > 64<<10 {
					bar.At(min(bytes, total))
				}
			case <-done:
				bar.Clear()
				return
			}
		}
	}()
	return func() { close(done); <-finished }
}

func folderBytes(folder string) (total int64) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // pip moves its files about while we look
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// symptoms map what pip prints to what happened, the most telling first: without a network pip also says that it found nothing.
var symptoms = []struct {
	text  string
	cause error
}{
	{"No space left on device", errDiskFull},
	{"Disk quota exceeded", errDiskFull},
	{"DO NOT MATCH THE HASHES", ErrRefused},
	{"NewConnectionError", ErrNoNetwork},
	{"Max retries exceeded", ErrNoNetwork},
	{"Connection refused", ErrNoNetwork},
	{"name resolution", ErrNoNetwork},
	{"timed out", ErrNoNetwork},
	{"ProxyError", ErrNoNetwork},
	{"SSLError", ErrNoNetwork},
	{"connection broken", ErrNoNetwork},
	{"No matching distribution", ErrNotFound},
}

func failure(said string, err error) error {
	for _, s := range symptoms {
		if strings.Contains(said, s.text) {
			return s.cause
		}
	}
	if line := lastError(said); line != "" {
		return fmt.Errorf("pip: %s", line)
	}
	return fmt.Errorf("pip: %w", err)
}

// lastError is the last line that pip marked as an error, else the last line.
func lastError(said string) (line string) {
	for text := range strings.Lines(said) {
		text = strings.TrimSpace(text)
		if rest, ok := strings.CutPrefix(text, "ERROR: "); ok {
			line = rest
		} else if text != "" && line == "" {
			line = text
		}
	}
	return line
}
