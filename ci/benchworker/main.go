// Command benchworker measures texts per second and latency with so many callers at once, as ci/bench-worker asks it to, and sums up
// the JSON lines of many measurements as a table.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/gopkg/worker"
)

type settings struct {
	path, folder, texts                                     string
	callers, threads, runs, maxBatch, maxTokens, maxPadding int
	duration                                                time.Duration
}

func main() {
	var s settings
	table := flag.Bool("table", false, "read JSON lines from stdin and print the table")
	flag.StringVar(&s.path, "path", "worker", "plain or worker")
	flag.StringVar(&s.folder, "model", "", "the model folder; by default the one that q2 setup fetched")
	flag.StringVar(&s.texts, "texts", "ci/benchworker/texts.txt", "one text a line")
	flag.IntVar(&s.callers, "callers", 1, "callers at once")
	flag.IntVar(&s.threads, "threads", 2, "ONNX Runtime's threads: the plain path's intra-op threads, and the worker's runs of one thread each")
	flag.IntVar(&s.runs, "runs", 0, "runs at a time instead, with as many intra-op threads as -threads says; by default as many as callers for the plain path")
	flag.IntVar(&s.maxBatch, "max-batch", 0, "requests of a batch; by default the worker's")
	flag.IntVar(&s.maxTokens, "max-tokens", 0, "tokens of a batch; by default the worker's")
	flag.IntVar(&s.maxPadding, "max-padding", 0, "percent of a batch that may be padding; by default the worker's")
	flag.DurationVar(&s.duration, "duration", 2*time.Second, "how long to measure")
	flag.Parse()
	if err := run(s, *table); err != nil {
		fmt.Fprintln(os.Stderr, "benchworker:", err)
		os.Exit(1)
	}
}

func run(s settings, table bool) error {
	if table {
		return printTable(os.Stdin, os.Stdout)
	}
	if s.folder == "" {
		var err error
		if s.folder, err = cache.DefaultModelFolder(); err != nil {
			return err
		}
	}
	texts, err := readLines(s.texts)
	if err != nil {
		return err
	}
	open := openWorker
	if s.path == "plain" {
		open = openPlain
	}
	subject, err := open(s)
	if err != nil {
		return err
	}
	defer subject.close()
	m, err := measure(subject, texts, s)
	if err != nil {
		return err
	}
	return m.print(os.Stdout)
}

func readLines(path string) (lines []string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s holds no text", path)
	}
	return lines, nil
}

// subject is what is measured: a text to the bits of its key, and the time of ONNX Runtime if it is known for the text alone.
type subject struct {
	fingerprint func(text string) (key uint64, model time.Duration, err error)
	close       func() error
}

func openPlain(s settings) (subject, error) {
	tok, err := tokenizer.Load(filepath.Join(s.folder, cache.TokenizerFile))
	if err != nil {
		return subject{}, err
	}
	runs := s.runs
	if runs == 0 {
		runs = s.callers
	}
	model, err := onnx.Open(filepath.Join(s.folder, cache.ModelFile),
		onnx.Options{VocabularySize: tok.VocabularySize(), IntraOpThreads: s.threads, ParallelRuns: runs})
	if err != nil {
		return subject{}, err
	}
	return subject{func(text string) (uint64, time.Duration, error) {
		ids, err := tok.Encode(nil, text)
		if err != nil {
			return 0, 0, err
		}
		packed := make([]byte, (model.N()+3)/4)
		key, timing, err := model.Fingerprint(packed, ids)
		return key.Bits, timing.Model, err
	}, model.Close}, nil
}

func openWorker(s settings) (subject, error) {
	runs, threads := s.runs, s.threads
	if runs == 0 {
		runs, threads = s.threads, 1
	}
	w, err := worker.Open(context.Background(), worker.Options{
		Folder: s.folder, Runs: runs, MaxBatch: s.maxBatch, MaxBatchTokens: s.maxTokens, MaxPadding: s.maxPadding, Model: onnx.Options{IntraOpThreads: threads},
	})
	if err != nil {
		return subject{}, err
	}
	return subject{func(text string) (uint64, time.Duration, error) {
		before := w.Stats().ModelTime
		f, err := w.Submit(context.Background(), worker.Request{Text: text})
		if s.callers > 1 { // then others' runs are in it
			return f.Key.Bits, 0, err
		}
		return f.Key.Bits, w.Stats().ModelTime - before, err
	}, w.Close}, nil
}
