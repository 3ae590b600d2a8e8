package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/index/clickhouse"
	"github.com/q2kernel/q2/gopkg/index/pgvector"
	"github.com/q2kernel/q2/tools/q2/internal/export"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type exportCommand struct {
	Index   string `arg:"" help:"The index's folder."`
	To      string `required:"" enum:"clickhouse,pgvector,parquet" help:"Where to: clickhouse, pgvector or parquet."`
	DSN     string `name:"dsn" env:"Q2_EXPORT_DSN" placeholder:"URL" help:"The database: clickhouse://… or postgres://…. A password is better given in Q2_EXPORT_DSN."`
	Table   string `default:"q2_codes" help:"The table; it is made if it is not there."`
	Append  bool   `help:"Add to a table that holds rows already."`
	Cluster string `placeholder:"NAME" help:"ClickHouse: spread the rows over the shards of a cluster."`
	HNSW    bool   `name:"hnsw" help:"pgvector: make an approximate index too."`
	Output  string `short:"o" placeholder:"FILE" help:"The Parquet file."`
	JSON    bool   `name:"json" help:"Print one JSON object at the end."`
}

func (*exportCommand) Help() string {
	return `Moves every entry of an index, the same bytes, to a database that exists or into a Parquet file. Search there finds the same neighbours; docs/SCALE.md has the statements, and says which to choose at what size.

ClickHouse appends: what is exported twice is there twice. PostgreSQL replaces rows by their id.

Examples:

    q2 export ./index --to parquet -o codes.parquet
    q2 export ./index --to clickhouse --dsn clickhouse://localhost:9000/default
    Q2_EXPORT_DSN=postgres://me@localhost/db q2 export ./index --to pgvector`
}

type exportLine struct {
	To      string `json:"to"`
	N       int    `json:"n"`
	Entries int    `json:"entries"`
}

func (c *exportCommand) Run(s *streams) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ix, err := index.Open(c.Index, index.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	target, err := c.open(ctx, ix.N())
	if err != nil {
		return err
	}
	count, err := c.move(ctx, s, ix, target)
	if err != nil {
		return fmt.Errorf("after %d entries: %w", count, err)
	}
	return c.print(s, ix.N(), count)
}

func (c *exportCommand) check() error {
	switch {
	case c.To == "parquet" && c.Output == "":
		return &rows.UsageError{What: "--to parquet needs -o FILE"}
	case c.To != "parquet" && c.DSN == "":
		return &rows.UsageError{What: "--to " + c.To + " needs --dsn URL, or Q2_EXPORT_DSN"}
	case c.Cluster != "" && c.To != "clickhouse":
		return &rows.UsageError{What: "--cluster goes with --to clickhouse"}
	case c.HNSW && c.To != "pgvector":
		return &rows.UsageError{What: "--hnsw goes with --to pgvector"}
	}
	return nil
}

func (c *exportCommand) open(ctx context.Context, n int) (export.Target, error) {
	switch c.To {
	case "clickhouse":
		return export.ClickHouse(ctx, c.DSN, clickhouse.Options{Name: c.Table, N: n, Cluster: c.Cluster}, c.Append)
	case "pgvector":
		return export.PGVector(ctx, c.DSN, pgvector.Options{Name: c.Table, N: n, HNSW: c.HNSW}, c.Append)
	}
	return openParquet(c.Output, n)
}

// parquetOutput is a Parquet file that appears whole or not at all.
type parquetOutput struct {
	export.Target
	file *output.File
}

func openParquet(path string, n int) (export.Target, error) {
	file, err := output.Create(path)
	if err != nil {
		return nil, err
	}
	target, err := export.Parquet(file, n)
	if err != nil {
		file.Discard()
		return nil, err
	}
	return &parquetOutput{target, file}, nil
}

func (p *parquetOutput) Close() error {
	if err := p.Target.Close(); err != nil {
		return err
	}
	return p.file.Commit()
}

func (c *exportCommand) move(ctx context.Context, s *streams, ix *index.Index, target export.Target) (int, error) {
	if p, ok := target.(*parquetOutput); ok {
		defer p.file.Discard()
	}
	stats, err := ix.Stats()
	if err != nil {
		return 0, err
	}
	bar := terminal.NewCount(s.err, "exporting", stats.Entries)
	defer bar.Clear()
	return export.All(ctx, ix, target, func(moved int) { bar.At(int64(moved)) })
}

func (c *exportCommand) print(s *streams, n, count int) error {
	if c.JSON {
		return printJSON(s.out, exportLine{c.To, n, count})
	}
	_, err := fmt.Fprintf(s.out, "%d codes of %d dimensions exported to %s\n", count, n, c.To)
	return err
}
