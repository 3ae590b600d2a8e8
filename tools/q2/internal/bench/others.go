package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/q2kernel/q2/gopkg/cache"
)

//go:embed others.py
var othersScript string

// othersPackages are the yardsticks, in the versions that docs/PERFORMANCE.md speaks of.
var othersPackages = []string{"faiss-cpu==1.15.1", "usearch==2.26.6", "numkong==7.8.6", "numpy==2.4.6"}

// other is one library's line.
type other struct {
	Name             string    `json:"name"`
	Version          string    `json:"version"`
	QueriesPerSecond []float64 `json:"queries_per_second"`
	Missing          string    `json:"missing"`
}

// othersPython is a Python that has the packages: in an environment of its own in the cache, made at the first use.
func othersPython(ctx context.Context) (string, error) {
	dir, err := cache.Dir()
	if err != nil {
		return "", err
	}
	environment := filepath.Join(dir, "bench", "yardsticks-"+strings.NewReplacer("==", "-").Replace(strings.Join(othersPackages, "-")))
	python := filepath.Join(environment, "bin", "python")
	if _, err := os.Stat(filepath.Join(environment, "complete")); err == nil {
		return python, nil
	}
	system, err := exec.LookPath("python3")
	if err != nil {
		return "", errors.New("there is no python3, by which FAISS, usearch and NumKong run")
	}
	if err := quietly(ctx, system, "-m", "venv", "--clear", environment); err != nil {
		return "", err
	}
	install := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"}, othersPackages...)
	if err := quietly(ctx, python, install...); err != nil {
		return "", err
	}
	return python, os.WriteFile(filepath.Join(environment, "complete"), nil, 0o644)
}

// quietly runs a command; what it says is in the error.
func quietly(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args[:min(3, len(args))], " "), err, lines[len(lines)-1])
	}
	return nil
}

// measureOthers runs the script and reads its lines.
func measureOthers(ctx context.Context, count, width, rounds, core int) ([]other, error) {
	python, err := othersPython(ctx)
	if err != nil {
		return nil, err
	}
	args := []string{"-c", othersScript}
	for _, number := range []int{count, width, rounds, core} {
		args = append(args, strconv.Itoa(number))
	}
	out, err := exec.CommandContext(ctx, python, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("the yardsticks in Python: %w", err)
	}
	return parseOthers(string(out))
}

func parseOthers(out string) (list []other, err error) {
	for line := range strings.Lines(out) {
		var o other
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			return nil, fmt.Errorf("the yardsticks in Python said %q: %w", strings.TrimSpace(line), err)
		}
		if o.Missing == "" && len(o.QueriesPerSecond) == 0 {
			return nil, fmt.Errorf("the yardsticks in Python said nothing of %s", o.Name)
		}
		list = append(list, o)
	}
	return list, nil
}
