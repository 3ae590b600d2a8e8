package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Row is a code and what goes with it.
type Row struct {
	ID          uint64
	Code        []byte // q2.PackedLen(n) bytes; bits beyond n are 0, as the kernel leaves them
	Key         uint64
	Transitions uint32
	Payload     []byte
}

// Insert appends the rows in one block. All of them are there afterwards or, on an error, none on any one shard. Blocks of tens of
// thousands of rows suit ClickHouse best. Errors: ErrArgument, those of ClickHouse.
func (t *Table) Insert(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		if err := t.checkCode(rows[i].Code); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	batch, err := t.conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s (%s)", t.name, columns))
	if err != nil {
		return t.failed("insert into", err)
	}
	defer batch.Abort() // after Send it does nothing
	if err := appendRows(batch, rows); err != nil {
		return t.failed("insert into", err)
	}
	if err := batch.Send(); err != nil {
		return t.failed("insert into", err)
	}
	return nil
}

func appendRows(batch driver.Batch, rows []Row) error {
	for i := range rows {
		r := &rows[i]
		if err := batch.Append(r.ID, r.Code, r.Key, r.Transitions, r.Payload); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// Delete removes the rows with these ids, by a lightweight delete. An id that is not there is no error. On a cluster each shard's own table (the name
// with _local) is to be deleted from. Errors: those of ClickHouse.
func (t *Table) Delete(ctx context.Context, ids []uint64) error {
	if len(ids) == 0 {
		return nil
	}
	statement := []byte("DELETE FROM " + t.name + " WHERE id IN (")
	for i, id := range ids {
		if i > 0 {
			statement = append(statement, ',')
		}
		statement = fmt.Appendf(statement, "%d", id)
	}
	if err := t.conn.Exec(ctx, string(append(statement, ')'))); err != nil {
		return t.failed("delete from", err)
	}
	return nil
}

// Count is how many rows there are.
func (t *Table) Count(ctx context.Context) (uint64, error) {
	var count uint64
	if err := t.conn.QueryRow(ctx, "SELECT count() FROM "+t.name).Scan(&count); err != nil {
		return 0, t.failed("count", err)
	}
	return count, nil
}

func (t *Table) checkCode(code []byte) error {
	if len(code) != t.width {
		return fmt.Errorf("%w: the code has %d bytes, must have %d for %d dimensions", ErrArgument, len(code), t.width, t.n)
	}
	return nil
}

func (t *Table) failed(what string, err error) error {
	return fmt.Errorf("clickhouse: %s table %s: %w", what, t.name, err)
}
