package clickhouse

import (
	"context"
	"fmt"
	"iter"
)

// Entry is a row that was found by its key.
type Entry struct {
	ID          uint64
	Key         uint64
	Transitions uint32
	Payload     []byte
}

// Keys gives the rows whose key is in [low, high], in the order of key, then id: a range of the primary key, of which only those parts are read.
// index.WindowRange and index.PrefixRange give the range of a window and of a prefix; low = high is a bucket. After an error, which comes as the last
// element, there is nothing more.
func (t *Table) Keys(ctx context.Context, low, high uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if low > high {
			yield(Entry{}, fmt.Errorf("%w: the range of keys begins at %016x and ends before it, at %016x", ErrArgument, low, high))
			return
		}
		rows, err := t.conn.Query(ctx, fmt.Sprintf("SELECT id, key, transitions, payload FROM %s WHERE key BETWEEN %d AND %d ORDER BY key, id", t.name, low, high))
		if err != nil {
			yield(Entry{}, t.failed("range of keys in", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var e Entry
			if err := rows.Scan(&e.ID, &e.Key, &e.Transitions, &e.Payload); err != nil {
				yield(Entry{}, t.failed("range of keys in", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Entry{}, t.failed("range of keys in", err))
		}
	}
}
