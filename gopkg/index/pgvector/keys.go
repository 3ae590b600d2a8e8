package pgvector

import (
	"context"
	"fmt"
	"iter"

	"github.com/q2kernel/q2/gopkg/index/internal/keyrange"
)

// Entry is a row that was found by its key.
type Entry struct {
	ID          uint64
	Key         uint64
	Transitions uint32
	Payload     []byte
}

// Window gives the rows whose key lies within 4^(32−j) − 1 of a key, 1 ≤ j ≤ 32, as Keys does.
func (t *Table) Window(ctx context.Context, key uint64, j int) iter.Seq2[Entry, error] {
	if err := checkSymbols(j); err != nil {
		return failed(err)
	}
	low, high := keyrange.Window(key, j)
	return t.Keys(ctx, low, high)
}

// Prefix gives the rows whose keys share the first j symbols with a key, 1 ≤ j ≤ 32, as Keys does.
func (t *Table) Prefix(ctx context.Context, key uint64, j int) iter.Seq2[Entry, error] {
	if err := checkSymbols(j); err != nil {
		return failed(err)
	}
	low, high := keyrange.Prefix(key, j)
	return t.Keys(ctx, low, high)
}

// Bucket gives the rows with a key, as Keys does.
func (t *Table) Bucket(ctx context.Context, key uint64) iter.Seq2[Entry, error] {
	return t.Keys(ctx, key, key)
}

func checkSymbols(j int) error {
	if j < 1 || j > keyrange.Symbols {
		return fmt.Errorf("%w: the number of symbols j is %d, must be 1 to %d", ErrArgument, j, keyrange.Symbols)
	}
	return nil
}

func failed(err error) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) { yield(Entry{}, err) }
}

// Keys gives the rows whose key is in [low, high], in the order of key, then id: from the index on them. After an error, which comes as the last element, there is nothing more.
func (t *Table) Keys(ctx context.Context, low, high uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if low > high {
			yield(Entry{}, fmt.Errorf("%w: the range of keys begins at %016x and ends before it, at %016x", ErrArgument, low, high))
			return
		}
		rows, err := t.conn.Query(ctx, "SELECT id, key, transitions, payload FROM "+t.name+" WHERE key BETWEEN $1 AND $2 ORDER BY key, id", Signed(low), Signed(high))
		if err != nil {
			yield(Entry{}, t.failed("range of keys in", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var id, key int64
			var e Entry
			if err := rows.Scan(&id, &key, &e.Transitions, &e.Payload); err != nil {
				yield(Entry{}, t.failed("range of keys in", err))
				return
			}
			e.ID, e.Key = Unsigned(id), Unsigned(key)
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Entry{}, t.failed("range of keys in", err))
		}
	}
}
