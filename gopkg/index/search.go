package index

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Query is what is looked for: a code, or an activation.
type Query struct {
	Code       []byte
	Activation q2.Tensor // of the index's dimensions, and of any type that has elements
}

// SearchOptions say how a search ranks, and among what. The zero value ranks by Dot, among all entries.
type SearchOptions struct {
	Ranking Ranking

	// Filters; all that are given must let an entry pass.
	Keys  *KeyRange
	IDs   []uint64                             // only these; nil is no filter, an empty slice lets nothing pass
	Where func(id uint64, payload []byte) bool // payload is good during the call. It is called from one goroutine at a time, and may be called twice for an entry

	// Rescore ranks the best Rescore of the ranking again, by the cosine of the query's activation and their stored vectors; 0 doesn't. At least k is used.
	Rescore int

	// Bare leaves the hits' codes, payloads and transitions out, which saves a look into the store for each.
	Bare bool
}

// Hit is an entry that was found.
type Hit struct {
	Entry
	// Score is Dot's score or, rescored, the cosine, larger being nearer; or the distance of L1 and Lee.
	Score float64
}

// Search finds the k entries nearest to a query among those that the filters let pass: exactly, nearest first, of equally near ones the lower id first. It looks at one moment of the
// index. Once ctx ends it returns the context's error, within the time that one block of codes takes. Other errors: *ArgumentError, q2.ErrNotFinite,
// *DamageError, ErrClosed.
func (ix *Index) Search(ctx context.Context, q Query, k int, o SearchOptions) ([]Hit, error) {
	hits, err := ix.SearchMany(ctx, []Query{q}, k, o)
	if err != nil {
		var of *QueryError
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, err
	}
	return hits[0], nil
}

// SearchMany is Search for many queries, with the same hits: element i holds those of query i. All look at the same moment of the index, and the codes are read once for all of them, which takes
// a fraction of the time of a search for each. There are at most MaxQueries queries, and at most MaxPlaces of them times k, or times Rescore where that is more. Once ctx
// ends it returns within the time that a block of codes takes against 64 queries. An error that one query caused is a *QueryError.
func (ix *Index) SearchMany(ctx context.Context, queries []Query, k int, o SearchOptions) ([][]Hit, error) {
	if err := ix.checkSearch(queries, k, o); err != nil {
		return nil, err
	}
	groups, err := ix.rank(queries, o.Ranking)
	if err != nil {
		return nil, err
	}
	v, err := ix.enter()
	if err != nil {
		return nil, err
	}
	defer ix.leave(v)
	s := &search{ix: ix, view: v, queries: queries, groups: groups, options: o}
	found, err := s.find(ctx, max(k, o.Rescore))
	if err != nil {
		return nil, err
	}
	return s.allHits(ctx, found, k)
}

func (ix *Index) checkSearch(queries []Query, k int, o SearchOptions) error {
	if len(queries) > MaxQueries {
		return &ArgumentError{"number of queries", len(queries), fmt.Sprintf("0 to %d", MaxQueries)}
	}
	if k < 1 || k > MaxK {
		return &ArgumentError{"k", k, fmt.Sprintf("1 to %d", MaxK)}
	}
	if o.Keys != nil && o.Keys.From > o.Keys.To {
		return &ArgumentError{"start of the key range", fmt.Sprintf("%016x", o.Keys.From), fmt.Sprintf("at most its end, %016x", o.Keys.To)}
	}
	if o.Rescore < 0 || o.Rescore > MaxK {
		return &ArgumentError{"rescore", o.Rescore, fmt.Sprintf("0 to %d", MaxK)}
	}
	if o.Rescore > 0 && ix.options.Vectors == NoVectors {
		return &ArgumentError{"rescore", o.Rescore, "0 in an index without vectors"}
	}
	if places := len(queries) * max(k, o.Rescore); places > MaxPlaces {
		return &ArgumentError{"number of queries times k or rescore", places, fmt.Sprintf("at most %d", MaxPlaces)}
	}
	for i, q := range queries {
		if o.Rescore > 0 && q.Activation.Data == nil {
			return &QueryError{i, &ArgumentError{"rescore", o.Rescore, "0 where the query is a code: vectors are compared with an activation"}}
		}
	}
	return nil
}

// search is one on its way, for one query or many.
type search struct {
	ix      *Index
	view    *view
	queries []Query
	groups  []group
	options SearchOptions
}

// find is the k nearest to each query that pass.
func (s *search) find(ctx context.Context, k int) ([][]candidate, error) {
	k = min(k, s.view.live)
	if k == 0 || len(s.queries) == 0 {
		return make([][]candidate, len(s.queries)), ctx.Err()
	}
	if s.options.Where == nil {
		return s.scan(ctx, k, s.filters())
	}
	return s.findWhere(ctx, k)
}

func (s *search) scan(ctx context.Context, k int, f filters) ([][]candidate, error) {
	sc := &scan{view: s.view, groups: s.groups, queries: len(s.queries), k: k}
	if len(f) > 0 {
		sc.filter = f
	}
	return sc.run(ctx, s.ix.options.Cores)
}

func (s *search) filters() (f filters) {
	if s.options.IDs != nil {
		f = append(f, s.view.slotsOf(s.options.IDs))
	}
	if s.options.Keys != nil {
		f = append(f, *s.options.Keys)
	}
	return f
}

// findWhere asks the predicate about the nearest first: where it lets many pass, a few more than k are enough. Where it doesn't, one walk through all
// payloads is cheaper than asking for more and more; it serves all queries.
func (s *search) findWhere(ctx context.Context, k int) ([][]candidate, error) {
	f := s.filters()
	few := min(max(8*k, 64), max(k, MaxPlaces/len(s.queries)), s.view.live)
	nearest, err := s.scan(ctx, few, f)
	if err != nil {
		return nil, err
	}
	var short []int // queries of which too few passed
	passed := make([][]candidate, len(nearest))
	for i, candidates := range nearest {
		if passed[i], err = s.pass(ctx, candidates, k); err != nil {
			return nil, err
		}
		if len(passed[i]) < k && len(candidates) == few && few < s.view.live {
			short = append(short, i)
		}
	}
	if len(short) == 0 {
		return passed, nil
	}
	return passed, s.findPassing(ctx, k, f, short, passed)
}

// findPassing is findWhere by a walk through the payloads, for some of the queries.
func (s *search) findPassing(ctx context.Context, k int, f filters, queries []int, passed [][]candidate) error {
	ids, err := s.ix.passing(s.view.snapshot, s.options.Where, ctx.Err)
	if err != nil {
		return err
	}
	some := search{ix: s.ix, view: s.view, options: s.options}
	for _, i := range queries {
		some.queries = append(some.queries, s.queries[i])
	}
	if some.groups, err = s.ix.rank(some.queries, s.options.Ranking); err != nil {
		return err
	}
	found, err := some.scan(ctx, k, append(f, s.view.slotsOf(ids)))
	if err != nil {
		return err
	}
	for i, candidates := range found {
		passed[queries[i]] = candidates
	}
	return nil
}

// pass takes the first k candidates whose payload passes.
func (s *search) pass(ctx context.Context, candidates []candidate, k int) (passed []candidate, err error) {
	for _, c := range candidates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entry, err := s.ix.entryIn(s.view.snapshot, c.id)
		if err != nil {
			return nil, err
		}
		if s.options.Where(c.id, entry.Payload) {
			if passed = append(passed, c); len(passed) == k {
				break
			}
		}
	}
	return passed, nil
}

// entryIn reads an entry that the array has, from the same moment of the store.
func (ix *Index) entryIn(snapshot pebble.Reader, id uint64) (Entry, error) {
	value, found, err := ix.store.get(snapshot, entryKey(id))
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, &DamageError{Files: []string{storeFolder}, What: fmt.Sprintf("the scan array has id %d, and the store has not", id)}
	}
	return ix.parse(id, value)
}

// allHits is what is found for each query, ranked again where that is asked for.
func (s *search) allHits(ctx context.Context, found [][]candidate, k int) (hits [][]Hit, err error) {
	hits = make([][]Hit, len(found))
	for _, g := range s.groups {
		for _, place := range g.places {
			if s.options.Rescore > 0 {
				hits[place], err = s.rescored(ctx, found[place], floatRow(s.queries[place].Activation), k)
			} else {
				hits[place], err = s.hits(ctx, found[place], g.ranker)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return hits, nil
}

func (s *search) hits(ctx context.Context, found []candidate, by ranker) ([]Hit, error) {
	hits := make([]Hit, len(found))
	for i, c := range found {
		hit, err := s.hit(c, by)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		hits[i] = hit
	}
	return hits, nil
}

func (s *search) hit(c candidate, by ranker) (Hit, error) {
	hit := Hit{Entry: Entry{ID: c.id, Key: q2.TransitionKey{Bits: c.key}}, Score: by.score(c.far)}
	if s.options.Bare {
		return hit, nil
	}
	var err error
	hit.Entry, err = s.ix.entryIn(s.view.snapshot, c.id)
	return hit, err
}

// rescored ranks candidates again, by cosine, and keeps the k nearest.
func (s *search) rescored(ctx context.Context, found []candidate, query []float32, k int) ([]Hit, error) {
	hits := make([]Hit, len(found))
	row := make([]float32, len(query))
	for i, c := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.ix.vectorIn(s.view.snapshot, c.id, row); err != nil {
			return nil, err
		}
		hits[i] = Hit{Entry: Entry{ID: c.id, Key: q2.TransitionKey{Bits: c.key}}, Score: cosine(query, row)}
	}
	slices.SortFunc(hits, compareCosine)
	hits = hits[:min(k, len(hits))]
	for i := range hits {
		if s.options.Bare {
			break
		}
		entry, err := s.ix.entryIn(s.view.snapshot, hits[i].ID)
		if err != nil {
			return nil, err
		}
		hits[i].Entry = entry
	}
	return hits, nil
}

func compareCosine(a, b Hit) int {
	switch {
	case a.Score != b.Score && a.Score > b.Score, a.Score == b.Score && a.ID < b.ID:
		return -1
	case a.Score == b.Score && a.ID == b.ID:
		return 0
	}
	return 1
}

func (ix *Index) vectorIn(snapshot pebble.Reader, id uint64, row []float32) error {
	raw, found, err := ix.store.get(snapshot, vectorKey(id))
	if err != nil {
		return err
	}
	if want := ix.options.Vectors.bytes(ix.options.N); !found || len(raw) != want {
		return &DamageError{Files: []string{storeFolder}, What: fmt.Sprintf("the vector of id %d has %d bytes where %d are expected", id, len(raw), want)}
	}
	decodeVector(raw, ix.options.Vectors, row)
	return nil
}
