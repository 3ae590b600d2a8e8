// Command benchindex builds an index of random codes, and measures opening one.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// The bars.
const (
	openSeconds = 3.0
	memoryRatio = 1.3
)

func main() {
	build := flag.Bool("build", false, "build the index")
	count := flag.Int("count", 10_000_000, "codes")
	dimensions := flag.Int("dimensions", 384, "of a code")
	flag.Parse()
	var err error
	if *build {
		err = makeIndex(flag.Arg(0), *count, *dimensions)
	} else {
		err = measure(flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchindex:", err)
		os.Exit(1)
	}
}

func makeIndex(dir string, count, n int) error {
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	ix, err := index.Open(part, index.Options{N: n, Dtype: q2.Q2, Sync: index.Relaxed})
	if err != nil {
		return err
	}
	begin := time.Now()
	err = fill(ix, count, q2.PackedLen(n))
	if err == nil {
		err = ix.Compact(context.Background())
	}
	if closed := ix.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(part, dir)
	}
	fmt.Printf("built: %d codes of %d bytes in %.1f s\n", count, q2.PackedLen(n), time.Since(begin).Seconds())
	return err
}

func fill(ix *index.Index, count, size int) error {
	const batch = 8192
	source := rand.NewChaCha8([32]byte{})
	codes := make([]byte, batch*size)
	items := make([]index.Item, 0, batch)
	for id := 0; id < count; id += len(items) {
		source.Read(codes)
		items = items[:0]
		for i := range min(batch, count-id) {
			items = append(items, index.Item{ID: uint64(id + i), Code: codes[i*size : (i+1)*size]})
		}
		if err := ix.Upsert(items...); err != nil {
			return err
		}
	}
	return nil
}

// figures are what is printed, as JSON too.
type figures struct {
	Codes        int64   `json:"code_bytes"`
	Array        string  `json:"array"`
	Open         float64 `json:"open_seconds"`
	Resident     int64   `json:"resident_bytes"`
	Search       float64 `json:"search_seconds"`
	AfterSearch  int64   `json:"resident_after_search_bytes"`
	MemoryToCode float64 `json:"memory_to_codes"`
}

func measure(dir string) error {
	begin := time.Now()
	ix, err := index.Open(dir, index.Options{})
	if err != nil {
		return err
	}
	defer ix.Close()
	f := figures{Open: time.Since(begin).Seconds(), Resident: resident()}
	stats, err := ix.Stats()
	if err != nil {
		return err
	}
	f.Codes, f.Array = stats.Codes, stats.Origin
	begin = time.Now()
	if _, err := ix.Search(context.Background(), index.Query{Code: make([]byte, q2.PackedLen(stats.N))}, 10, index.SearchOptions{}); err != nil {
		return err
	}
	f.Search, f.AfterSearch = time.Since(begin).Seconds(), resident()
	f.MemoryToCode = float64(max(f.Resident, f.AfterSearch)) / float64(f.Codes)
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		return err
	}
	if f.Open > openSeconds || f.MemoryToCode > memoryRatio || stats.Origin != "files" {
		return fmt.Errorf("a bar is missed: opened in at most %g s, memory at most %g times the codes, array from files", openSeconds, memoryRatio)
	}
	return nil
}

// resident is what the process has in memory, mapped files included.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	kib, err := strconv.ParseInt(string(bytes.Fields(after)[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
