package clickhouse

import (
	"context"
	"fmt"

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
// q2.MaxNearest. Errors: ErrArgument, those of ClickHouse.
func (t *Table) Search(ctx context.Context, query []byte, k int, by Ranking) ([]Match, error) {
	if err := t.checkCode(query); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if k < 1 || k > q2.MaxNearest {
		return nil, fmt.Errorf("%w: k is %d, must be 1 to %d", ErrArgument, k, q2.MaxNearest)
	}
	distance, err := t.distance(by)
	if err != nil {
		return nil, err
	}
	// Payloads are fetched for the k alone.
	nearest := fmt.Sprintf("WITH %s AS q SELECT id, toUInt32(%s) AS distance, payload FROM %s ORDER BY distance, id LIMIT %d",
		t.literal(query), distance, t.name, k)
	rows, err := t.conn.Query(ctx, nearest)
	if err != nil {
		return nil, t.failed("search", err)
	}
	defer rows.Close()
	var matches []Match
	for rows.Next() {
		var m Match
		if err := rows.Scan(&m.ID, &m.Distance, &m.Payload); err != nil {
			return nil, t.failed("search", err)
		}
		matches = append(matches, m)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failed("search", err)
	}
	return matches, nil
}

// distance is the expression for the distance of code and q.
func (t *Table) distance(by Ranking) (string, error) {
	switch by {
	case Lee:
		return "bitHammingDistance(code, q)", nil
	case L1:
		// The low bit of a dimension lies just under its high one, in the same byte: shifted left by one it stands where the high one
		// was, and what crosses into another dimension is masked away.
		return fmt.Sprintf("bitHammingDistance(code, q) + 2 * bitCount(bitAnd(bitAnd(bitXor(code, q), bitNot(bitShiftLeft(bitOr(code, q), 1))), %s))",
			t.repeated(0xaa)), nil
	default:
		return "", fmt.Errorf("%w: ranking is %d, must be Lee (%d) or L1 (%d)", ErrArgument, by, Lee, L1)
	}
}

func (t *Table) literal(code []byte) string {
	return fmt.Sprintf("toFixedString(unhex('%x'), %d)", code, t.width)
}

func (t *Table) repeated(b byte) string {
	return fmt.Sprintf("toFixedString(unhex(repeat('%02x', %d)), %d)", b, t.width, t.width)
}
