package pgvector

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
)

// Row is a code and what goes with it.
type Row struct {
	ID          uint64
	Code        []byte // q2.PackedLen(n) bytes; bits beyond n are ignored
	Key         uint64
	Transitions uint32
	Payload     []byte
}

// columnsOf holds the rows as arrays: one statement, and five parameters, for any number of rows.
type columnsOf struct {
	ids, keys   []int64
	codes       []string
	transitions []int32
	payloads    [][]byte
}

func (t *Table) columns(rows []Row) (*columnsOf, error) {
	c := new(columnsOf)
	for i := range rows {
		r := &rows[i]
		if err := t.checkCode(r.Code); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		if r.Transitions > math.MaxInt32 {
			return nil, fmt.Errorf("row %d: %w: transitions is %d, must be at most n, %d", i, ErrArgument, r.Transitions, t.n)
		}
		c.ids = append(c.ids, Signed(r.ID))
		c.codes = append(c.codes, "x"+hex.EncodeToString(r.Code))
		c.keys = append(c.keys, Signed(r.Key))
		c.transitions = append(c.transitions, int32(r.Transitions))
		c.payloads = append(c.payloads, append([]byte{}, r.Payload...)) // nil would be NULL
	}
	return c, nil
}

// Insert adds the rows in one statement, or replaces those whose id is there; no id may occur twice among them. All of them are there afterwards or, on an error, none. Some
// thousands of rows at a time suit PostgreSQL. Errors: ErrArgument, those of PostgreSQL.
func (t *Table) Insert(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	c, err := t.columns(rows)
	if err != nil {
		return err
	}
	statement := fmt.Sprintf(`INSERT INTO %s (id, code, key, transitions, payload)
SELECT id, code::varbit::bit(%d), key, transitions, payload
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::bytea[]) AS rows (id, code, key, transitions, payload)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, key = excluded.key, transitions = excluded.transitions, payload = excluded.payload`, t.name, 2*t.n)
	if _, err := t.conn.Exec(ctx, statement, c.ids, c.codes, c.keys, c.transitions, c.payloads); err != nil {
		return t.failed("insert into", err)
	}
	return nil
}

// Delete removes the rows with these ids. An id that is not there is no error. Errors: those of PostgreSQL.
func (t *Table) Delete(ctx context.Context, ids []uint64) error {
	signed := make([]int64, len(ids))
	for i, id := range ids {
		signed[i] = Signed(id)
	}
	if _, err := t.conn.Exec(ctx, "DELETE FROM "+t.name+" WHERE id = ANY($1::bigint[])", signed); err != nil {
		return t.failed("delete from", err)
	}
	return nil
}

// Count is how many rows there are.
func (t *Table) Count(ctx context.Context) (int64, error) {
	var count int64
	if err := t.conn.QueryRow(ctx, "SELECT count(*) FROM "+t.name).Scan(&count); err != nil {
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
	return fmt.Errorf("pgvector: %s table %s: %w", what, t.name, err)
}
