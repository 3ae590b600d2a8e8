// Package export moves the entries of an index, the same bytes, to where they outgrow a machine: a database that exists, or a Parquet file.
package export

import (
	"context"
	"fmt"

	"github.com/q2kernel/q2/gopkg/index"
)

// Target takes entries, some at a time. Close ends it; only after Close without an error is everything there.
type Target interface {
	Write(ctx context.Context, entries []index.Entry) error
	Close() error
}

// atOnce is how many entries are written at a time, and atOnceBytes how much their payloads may add up to before.
const (
	atOnce      = 10_000
	atOnceBytes = 16 << 20
)

// All moves every entry of the index to the target, in the order of ids, and returns how many there were. It sees the index at one moment. moved is
// called now and then with the number so far.
func All(ctx context.Context, ix *index.Index, to Target, moved func(int)) (count int, err error) {
	var held []index.Entry
	bytes := 0
	write := func() error {
		if err := to.Write(ctx, held); err != nil {
			return err
		}
		count += len(held)
		held, bytes = held[:0], 0
		moved(count)
		return ctx.Err()
	}
	for entry, err := range ix.Entries() {
		if err != nil {
			return count, err
		}
		held = append(held, entry)
		bytes += len(entry.Payload)
		if len(held) == atOnce || bytes >= atOnceBytes {
			if err := write(); err != nil {
				return count, err
			}
		}
	}
	if len(held) > 0 {
		if err := write(); err != nil {
			return count, err
		}
	}
	return count, to.Close()
}

// checkEmpty refuses a table that holds rows already, unless they are to be added to.
func checkEmpty(table string, rows uint64, add bool) error {
	if rows > 0 && !add {
		return fmt.Errorf("table %s holds %d rows already: --append adds to them", table, rows)
	}
	return nil
}
