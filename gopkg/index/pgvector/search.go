package pgvector

import (
	"context"
	"fmt"
	"strings"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Ranking says by which distance neighbours are found.
type Ranking int

// The rankings.
const (
	Lee Ranking = iota // docs/SPEC.md section 7
	L1                 // section 10
)

// Match is a row that was found.
type Match struct {
	ID       uint64
	Distance uint32
	Payload  []byte
}

// Search finds the k codes nearest to the query, nearest first, of equally near ones the lower id first. It is exact: every code is looked at. k is 1 to
// q2.MaxNearest. Errors: ErrArgument, those of PostgreSQL.
func (t *Table) Search(ctx context.Context, query []byte, k int, by Ranking) ([]Match, error) {
	distance, err := t.distance(by)
	if err != nil {
		return nil, err
	}
	// The sum is no expression that an HNSW index knows, so the planner can't take one, and with it an approximate answer.
	return t.search(ctx, query, k, fmt.Sprintf("SELECT id, (%s)::bigint AS distance, payload FROM %s ORDER BY (%s) + 0, id LIMIT $2", distance, t.name, distance))
}

// SearchApproximate finds about the k codes nearest to the query by Lee distance, through the HNSW index: as many as hnsw.ef_search at most. Errors: as Search.
func (t *Table) SearchApproximate(ctx context.Context, query []byte, k int) ([]Match, error) {
	nearest := fmt.Sprintf("SELECT id, code <~> %s AS distance, payload FROM %s ORDER BY code <~> %s LIMIT $2", t.query(), t.name, t.query())
	return t.search(ctx, query, k, "SELECT id, distance::bigint, payload FROM ("+nearest+") AS nearest ORDER BY distance, id")
}

func (t *Table) search(ctx context.Context, query []byte, k int, statement string) ([]Match, error) {
	if err := t.checkCode(query); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if k < 1 || k > q2.MaxNearest {
		return nil, fmt.Errorf("%w: k is %d, must be 1 to %d", ErrArgument, k, q2.MaxNearest)
	}
	rows, err := t.conn.Query(ctx, statement, fmt.Sprintf("x%x", query), k)
	if err != nil {
		return nil, t.failed("search", err)
	}
	defer rows.Close()
	var matches []Match
	for rows.Next() {
		var id, distance int64
		var m Match
		if err := rows.Scan(&id, &distance, &m.Payload); err != nil {
			return nil, t.failed("search", err)
		}
		m.ID, m.Distance = Unsigned(id), uint32(distance)
		matches = append(matches, m)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failed("search", err)
	}
	return matches, nil
}

// query is the first parameter as a code.
func (t *Table) query() string { return fmt.Sprintf("$1::text::varbit::bit(%d)", 2*t.n) }

// distance is the expression for the distance of code and the query.
func (t *Table) distance(by Ranking) (string, error) {
	q := t.query()
	switch by {
	case Lee:
		return "code <~> " + q, nil
	case L1:
		// The low bit of a dimension stands just after its high one: shifted left by one it stands where the high one was, and what
		// crosses into another dimension is masked away.
		high := fmt.Sprintf("B'%s'", strings.Repeat("10", t.n))
		return fmt.Sprintf("(code <~> %s) + 2 * bit_count((code # %s) & ~((code | %s) << 1) & %s)", q, q, q, high), nil
	default:
		return "", fmt.Errorf("%w: ranking is %d, must be Lee (%d) or L1 (%d)", ErrArgument, by, Lee, L1)
	}
}
