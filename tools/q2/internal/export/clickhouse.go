package export

import (
	"context"
	"errors"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/index/clickhouse"
)

type clickHouse struct {
	conn  driver.Conn
	table *clickhouse.Table
	rows  []clickhouse.Row
}

// ClickHouse opens a table in ClickHouse at a DSN such as clickhouse://user:password@host:9000/database, and makes it if it is not there.
func ClickHouse(ctx context.Context, dsn string, o clickhouse.Options, add bool) (Target, error) {
	options, err := driver.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	conn, err := driver.Open(options)
	if err != nil {
		return nil, err
	}
	table, err := clickhouse.Create(ctx, conn, o)
	if err == nil {
		var rows uint64
		if rows, err = table.Count(ctx); err == nil {
			err = checkEmpty(o.Name, rows, add)
		}
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &clickHouse{conn: conn, table: table}, nil
}

func (t *clickHouse) Write(ctx context.Context, entries []index.Entry) error {
	t.rows = t.rows[:0]
	for _, e := range entries {
		t.rows = append(t.rows, clickhouse.Row{ID: e.ID, Code: e.Code, Key: e.Key.Bits, Transitions: e.Key.Transitions, Payload: e.Payload})
	}
	return t.table.Insert(ctx, t.rows)
}

func (t *clickHouse) Close() error { return t.conn.Close() }
