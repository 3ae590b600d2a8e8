package cli

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/tools/q2/internal/output"
)

type indexStatsCommand struct {
	Dir  string `arg:"" help:"The index."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// statsLine is what an index says of itself, how long opening it took, and what this process then had in memory.
type statsLine struct {
	index.Stats
	OpenSeconds float64 `json:"open_seconds"`
	Resident    int64   `json:"resident_bytes,omitempty"`
}

func (c *indexStatsCommand) Run(s *streams) error {
	begin := time.Now()
	ix, err := index.Open(c.Dir, index.Options{})
	if err != nil {
		return err
	}
	line := statsLine{OpenSeconds: time.Since(begin).Seconds(), Resident: residentBytes()}
	if line.Stats, err = ix.Stats(); err == nil {
		if c.JSON {
			err = printJSON(s.out, line)
		} else {
			err = printStats(s.out, line)
		}
	}
	return errors.Join(err, ix.Close())
}

func printStats(w io.Writer, l statsLine) error {
	_, err := fmt.Fprintf(w, `entries     %d of %d dimensions (dtype %s, vectors %s), batch %d
codes       %d bytes
scan array  %d bytes on disk in %d segments; %d codes in memory only, %d dead; %s
store       %d bytes on disk
opened in   %.3f s, %d bytes resident
`, l.Entries, l.N, l.Dtype, l.Stats.Vectors, l.Batch, l.Codes, l.ArrayBytes, l.Segments, l.InMemory, l.Dead, l.Origin, l.StoreBytes, l.OpenSeconds, l.Resident)
	for _, repaired := range l.Repaired {
		if err == nil {
			_, err = fmt.Fprintf(w, "repaired    %s\n", repaired)
		}
	}
	return err
}

type indexVerifyCommand struct {
	Dir  string `arg:"" help:"The index."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

func (*indexVerifyCommand) Help() string {
	return `Reads every file and every entry. The scan array is derived from the store, and is made anew where it is damaged; damage to the store is reported with the file's name, and the exit status is 1.`
}

func (c *indexVerifyCommand) Run(s *streams) error {
	ix, err := index.Open(c.Dir, index.Options{})
	if err != nil {
		return err
	}
	err = c.verify(s, ix)
	return errors.Join(err, ix.Close())
}

func (c *indexVerifyCommand) verify(s *streams, ix *index.Index) error {
	stats, err := ix.Stats()
	if err != nil {
		return err
	}
	report, err := ix.Verify(context.Background())
	if err != nil {
		return err
	}
	for _, repaired := range stats.Repaired { // while it was opened
		report.Problems = append(report.Problems, index.Problem{File: repaired, What: "damaged when it was opened", Repaired: true})
	}
	if c.JSON {
		err = printJSON(s.out, report)
	} else {
		err = printReport(s.out, report)
	}
	if err == nil && !report.Clean() {
		err = fmt.Errorf("%s is damaged", c.Dir)
	}
	return err
}

func printReport(w io.Writer, report index.Report) error {
	for _, p := range report.Problems {
		if _, err := fmt.Fprintln(w, p); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d entries and %d files checked, %d problems\n", report.Entries, report.Files, len(report.Problems))
	return err
}

type indexExportCommand struct {
	Dir    string `arg:"" help:"The index."`
	Output string `short:"o" default:"-" placeholder:"FILE" help:"Write here; - is stdout."`
	Format string `enum:"ndjson,codes" default:"ndjson" help:"ndjson, a line an entry, or codes, ceil(n/4) bytes each."`
}

func (*indexExportCommand) Help() string {
	return `Writes all entries by id, as they are at one moment. q2 index build and q2 index add read the NDJSON again. A payload that is no JSON becomes "payload_base64".

Examples:

    q2 index export recipes > recipes.jsonl
    q2 index export recipes --format codes -o codes.bin`
}

func (c *indexExportCommand) Run(s *streams) error {
	ix, err := index.Open(c.Dir, index.Options{})
	if err != nil {
		return err
	}
	return errors.Join(c.export(s, ix), ix.Close())
}

func (c *indexExportCommand) export(s *streams, ix *index.Index) error {
	if c.Output == "-" {
		held := &output.Spool{}
		defer held.Close()
		if err := exportTo(held, c.Format, ix); err != nil {
			return err
		}
		return held.Release(s.out)
	}
	file, err := output.Create(c.Output)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := exportTo(file, c.Format, ix); err != nil {
		return err
	}
	return file.Commit()
}

func exportTo(w io.Writer, format string, ix *index.Index) error {
	buffered := bufio.NewWriterSize(w, blockBytes/4)
	for e, err := range ix.Entries() {
		if err == nil && format == "codes" {
			_, err = buffered.Write(e.Code)
		} else if err == nil {
			err = printJSON(buffered, newItemLine(e))
		}
		if err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// setPayload writes a payload as it is where it is JSON.
func (l *itemLine) setPayload(payload []byte) {
	switch {
	case len(payload) == 0:
	case json.Valid(payload):
		l.Payload = payload
	default:
		text := base64.StdEncoding.EncodeToString(payload)
		l.Base64 = &text
	}
}
