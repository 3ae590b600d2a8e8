// Command benchserve does for ci/bench-serve what is easier in Go: it fills a collection, and makes a table of what was measured.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchserve:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "fill":
		n, err := strconv.Atoi(args[2])
		count, err2 := strconv.Atoi(args[3])
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		return fill(filepath.Join(args[1], "collections", "bench"), n, count)
	case len(args) == 1 && args[0] == "text":
		_, err := fmt.Println(`{"texts":["the water of the old river runs past the house and garden every day"]}`)
		return err
	case len(args) == 3 && args[0] == "table":
		return printTable(os.Stdout, args[1], args[2])
	}
	return errors.New("usage: benchserve fill DATA N COUNT | text | table FOLDER SECONDS")
}

// fill makes a collection of random codes.
func fill(folder string, n, count int) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return err
	}
	ix, err := index.Open(folder, index.Options{N: n, Sync: index.Relaxed})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 1))
	const batch = 50_000
	for first := 0; first < count; first += batch {
		items := make([]index.Item, min(batch, count-first))
		for i := range items {
			code := make([]byte, (q2.PackedLen(n)+7)/8*8)
			for at := 0; at < len(code); at += 8 {
				binary.LittleEndian.PutUint64(code[at:], r.Uint64())
			}
			items[i] = index.Item{ID: uint64(first + i), Code: code[:q2.PackedLen(n)]}
		}
		if err := ix.Upsert(items...); err != nil {
			return errors.Join(err, ix.Close())
		}
	}
	return ix.Close()
}

// measured is what one load left in its files.
type measured struct {
	rate, p50, p99, errors string
	cpu                    float64 // milliseconds of the server
	before, after          float64 // KiB resident
	shares                 shares
}

func printTable(w io.Writer, folder, seconds string) error {
	fmt.Fprintf(w, "64 connections, %s s:\n\n| load | requests/s | p50 | p99 | errors | CPU outside ONNX Runtime and kernel | CPU a request | RSS before, after |\n|---|---:|---:|---:|---:|---:|---:|---:|\n", seconds)
	for _, name := range []string{"fingerprints", "dot", "dot-code", "lee", "python"} {
		m, err := read(folder, name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rate, err := strconv.ParseFloat(m.rate, 64)
		if err != nil {
			return err
		}
		length, err := strconv.ParseFloat(seconds, 64)
		if err != nil {
			return err
		}
		outside := "–"
		if m.shares.total > 0 {
			outside = fmt.Sprintf("%.1f%%", 100*(1-m.shares.inside/m.shares.total))
		}
		fmt.Fprintf(w, "| %s | %.0f | %s | %s | %s | %s | %.2f ms | %.0f, %.0f MiB |\n", name, rate, m.p50, m.p99, m.errors, outside, m.cpu/(rate*length), m.before/1024, m.after/1024)
	}
	return nil
}

var (
	rateLine   = regexp.MustCompile(`(?m)^Requests/sec:\s+(\S+)`)
	p50Line    = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)`)
	p99Line    = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`)
	errorLines = regexp.MustCompile(`(?m)^\s+(Socket errors: .*|Non-2xx.*)$`)
)

func read(folder, name string) (m measured, err error) {
	text, err := os.ReadFile(filepath.Join(folder, name+".wrk"))
	if err != nil {
		return m, err
	}
	m.rate, m.p50, m.p99 = first(rateLine, text), first(p50Line, text), first(p99Line, text)
	if m.errors = strings.Join(errorLines.FindAllString(string(text), -1), ";"); m.errors == "" {
		m.errors = "0"
	}
	for file, to := range map[string]*float64{".cpu_ms": &m.cpu, ".rss_before": &m.before, ".rss_after": &m.after} {
		text, err := os.ReadFile(filepath.Join(folder, name+file))
		if err == nil {
			*to, err = strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		}
		if err != nil {
			return m, err
		}
	}
	m.shares, err = readShares(filepath.Join(folder, name+".places"))
	return m, err
}

func first(line *regexp.Regexp, text []byte) string {
	if found := line.FindSubmatch(text); found != nil {
		return string(found[1])
	}
	return "?"
}

// shares are percentages of the server's CPU time.
type shares struct{ total, inside float64 }

// kernelSymbol is a function of libq2, compiled into the command. Go's own symbols have a dot.
var kernelSymbol = regexp.MustCompile(`^[a-z0-9_]+$`)

// readShares adds up perf's report: ONNX Runtime's library and its threads' libraries, and the kernel's functions, are inside.
func readShares(path string) (s shares, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasSuffix(fields[0], "%") {
			continue
		}
		share, err := strconv.ParseFloat(strings.TrimSuffix(fields[0], "%"), 64)
		if err != nil {
			return s, err
		}
		s.total += share
		where, symbol := fields[1], fields[3]
		if strings.HasPrefix(where, "libonnxruntime") || where == "q2" && kernelSymbol.MatchString(symbol) && !strings.HasPrefix(symbol, "_cgo") && !strings.HasPrefix(symbol, "x_cgo") && !strings.HasPrefix(symbol, "crosscall") {
			s.inside += share
		}
	}
	return s, nil
}
