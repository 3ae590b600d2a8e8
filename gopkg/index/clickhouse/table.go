package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/q2kernel/q2/gopkg/q2"
)

// ErrOption: an option is out of range or not a name. The error says which, its value, and the limit.
var ErrOption = errors.New("clickhouse: unusable option")

// ErrMismatch: a table does not hold codes of so many dimensions.
var ErrMismatch = errors.New("clickhouse: the table does not fit")

// ErrArgument: an argument is out of range. The error says which, its value, and the limit.
var ErrArgument = errors.New("clickhouse: argument out of range")

// Options say which table is meant.
type Options struct {
	Name string // of the table, without its database: letters, digits and _
	N    int    // dimensions of a code, 1 to q2.MaxDim
	// Cluster is the name of the cluster over whose shards the rows are spread. Where it is empty the table lies on the server
	// that is asked.
	Cluster string
}

// Table is a table of codes. Its methods may be called from many goroutines at once.
type Table struct {
	conn  driver.Conn
	name  string
	n     int
	width int // bytes of a code
}

// Create makes the table if it is not there, and opens it. Errors: ErrOption, ErrMismatch, those of ClickHouse.
func Create(ctx context.Context, conn driver.Conn, o Options) (*Table, error) {
	statements, err := o.Statements()
	if err != nil {
		return nil, err
	}
	for _, statement := range statements {
		if err := conn.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("clickhouse: create table %s: %w", o.Name, err)
		}
	}
	return Open(ctx, conn, o)
}

// Open looks at a table that is there. Errors: ErrOption, ErrMismatch if its codes have another width, those of ClickHouse.
func Open(ctx context.Context, conn driver.Conn, o Options) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &Table{conn, o.Name, o.N, q2.PackedLen(o.N)}
	var got string
	row := conn.QueryRow(ctx, fmt.Sprintf("SELECT type FROM system.columns WHERE database = currentDatabase() AND table = '%s' AND name = 'code'", t.name))
	if err := row.Scan(&got); errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: there is no table %s with a column code", ErrMismatch, t.name)
	} else if err != nil {
		return nil, fmt.Errorf("clickhouse: open table %s: %w", t.name, err)
	}
	if want := fmt.Sprintf("FixedString(%d)", t.width); got != want {
		return nil, fmt.Errorf("%w: the code of table %s is %s, but %d dimensions make it %s", ErrMismatch, t.name, got, t.n, want)
	}
	return t, nil
}

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

func (o Options) check() error {
	if o.N < 1 || o.N > q2.MaxDim {
		return fmt.Errorf("%w: n is %d, must be 1 to %d", ErrOption, o.N, q2.MaxDim)
	}
	if !tableName.MatchString(o.Name) {
		return fmt.Errorf("%w: table name %q, must be up to 128 letters, digits and _, no digit first", ErrOption, o.Name)
	}
	if o.Cluster != "" && !tableName.MatchString(o.Cluster) {
		return fmt.Errorf("%w: cluster name %q, must be up to 128 letters, digits and _, no digit first", ErrOption, o.Cluster)
	}
	return nil
}

// columns of a table, in the order in which rows are inserted.
const columns = "id, code, key, transitions, payload"

// Statements are the CREATE TABLE statements that Create runs, for those who keep their schema elsewhere. Errors: ErrOption.
func (o Options) Statements() ([]string, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Cluster == "" {
		return []string{o.createLocal(o.Name, "")}, nil
	}
	local, on := o.Name+"_local", " ON CLUSTER "+o.Cluster
	return []string{
		o.createLocal(local, on),
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s ENGINE = Distributed(%s, currentDatabase(), %s, cityHash64(id))",
			o.Name, on, local, o.Cluster, local),
	}, nil
}

// Codes are as good as random: LZ4 would try in vain, on the way in and out.
func (o Options) createLocal(name, on string) string {
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s (id UInt64, code FixedString(%d) CODEC(NONE), key UInt64, transitions UInt32, payload String)"+
		" ENGINE = MergeTree ORDER BY (key, id)", name, on, q2.PackedLen(o.N))
}
