package pgvector

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/q2kernel/q2/gopkg/q2"
)

var (
	// ErrOption: an option is out of range or not a name. The error says which, its value, and the limit.
	ErrOption = errors.New("pgvector: unusable option")
	// ErrMismatch: a table does not hold codes of so many dimensions.
	ErrMismatch = errors.New("pgvector: the table does not fit")
	// ErrArgument: an argument is out of range. The error says which, its value, and the limit.
	ErrArgument = errors.New("pgvector: argument out of range")
)

// MaxIndexed is the largest n of a code that pgvector's HNSW index takes: 64 000 bits.
const MaxIndexed = 32000

// Conn is what is asked of a connection: *pgx.Conn, a pool of them (*pgxpool.Pool) and pgx.Tx have it.
type Conn interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}

// Options say which table is meant.
type Options struct {
	Name string // of the table, without its schema: lower-case letters, digits and _
	N    int    // dimensions of a code, 1 to q2.MaxDim
	HNSW bool   // make an approximate index of the codes too
}

// Table is a table of codes. Its methods may be called from many goroutines at once if those of its connection may.
type Table struct {
	conn  Conn
	name  string
	n     int
	width int // bytes of a code
}

// Create makes the table and its indexes if they are not there, and opens it; the extension vector is created if it is not there. Errors:
// ErrOption, ErrMismatch, those of PostgreSQL.
func Create(ctx context.Context, conn Conn, o Options) (*Table, error) {
	statements, err := o.Statements()
	if err != nil {
		return nil, err
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("pgvector: create table %s: %w", o.Name, err)
		}
	}
	return Open(ctx, conn, o)
}

// Open looks at a table that is there. Errors: ErrOption, ErrMismatch if its codes have another length, those of PostgreSQL.
func Open(ctx context.Context, conn Conn, o Options) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var got string
	err := conn.QueryRow(ctx, `SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = 'code' AND NOT attisdropped`,
		o.Name).Scan(&got)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: there is no table %s with a column code", ErrMismatch, o.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("pgvector: open table %s: %w", o.Name, err)
	}
	if want := fmt.Sprintf("bit(%d)", 2*o.N); got != want {
		return nil, fmt.Errorf("%w: the code of table %s is %s, but %d dimensions make it %s", ErrMismatch, o.Name, got, o.N, want)
	}
	return &Table{conn, o.Name, o.N, q2.PackedLen(o.N)}, nil
}

var tableName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,54}$`)

func (o Options) check() error {
	if o.N < 1 || o.N > q2.MaxDim {
		return fmt.Errorf("%w: n is %d, must be 1 to %d", ErrOption, o.N, q2.MaxDim)
	}
	if !tableName.MatchString(o.Name) {
		return fmt.Errorf("%w: table name %q, must be up to 55 lower-case letters, digits and _, no digit first", ErrOption, o.Name)
	}
	if o.HNSW && o.N > MaxIndexed {
		return fmt.Errorf("%w: n is %d, must be at most %d for an HNSW index", ErrOption, o.N, MaxIndexed)
	}
	return nil
}

// Statements are what Create runs, for those who keep their schema elsewhere. Errors: ErrOption.
func (o Options) Statements() ([]string, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	statements := []string{
		"CREATE EXTENSION IF NOT EXISTS vector",
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (id bigint PRIMARY KEY, code bit(%d) NOT NULL, key bigint NOT NULL, transitions integer NOT NULL, payload bytea NOT NULL)",
			o.Name, 2*o.N),
		fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s_key ON %s (key, id)", o.Name, o.Name),
	}
	if o.HNSW {
		statements = append(statements, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s_hnsw ON %s USING hnsw (code bit_hamming_ops)", o.Name, o.Name))
	}
	return statements, nil
}

// Signed is the bigint that stands for an id or a key: the order stays.
func Signed(v uint64) int64 { return int64(v ^ 1<<63) }

// Unsigned undoes Signed.
func Unsigned(v int64) uint64 { return uint64(v) ^ 1<<63 }
