package export

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/index/pgvector"
)

type postgres struct {
	conn  *pgx.Conn
	table *pgvector.Table
	rows  []pgvector.Row
}

// PGVector opens a table in PostgreSQL at a DSN such as postgres://user:password@host:5432/database, and makes it if it is not there.
func PGVector(ctx context.Context, dsn string, o pgvector.Options, add bool) (Target, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	table, err := pgvector.Create(ctx, conn, o)
	if err == nil {
		var rows int64
		if rows, err = table.Count(ctx); err == nil {
			err = checkEmpty(o.Name, uint64(rows), add)
		}
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(context.Background()))
	}
	return &postgres{conn: conn, table: table}, nil
}

func (t *postgres) Write(ctx context.Context, entries []index.Entry) error {
	t.rows = t.rows[:0]
	for _, e := range entries {
		t.rows = append(t.rows, pgvector.Row{ID: e.ID, Code: e.Code, Key: e.Key.Bits, Transitions: e.Key.Transitions, Payload: e.Payload})
	}
	return t.table.Insert(ctx, t.rows)
}

func (t *postgres) Close() error { return t.conn.Close(context.Background()) }
