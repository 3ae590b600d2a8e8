package index_test

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

// model is what an index should hold, as a map.
type model map[uint64]index.Entry

func (m model) put(t require.TestingT, n int, id uint64, code, payload []byte) {
	bits, transitions, err := reference.Key(code, n)
	require.NoError(t, err)
	m[id] = index.Entry{ID: id, Key: q2.TransitionKey{Bits: bits, Transitions: transitions}, Code: code, Payload: payload}
}

// symbol is the value of dimension d (docs/SPEC.md sections 4 and 5).
func symbol(code []byte, d int) int {
	return []int{0, 1, 3, 2}[code[d/4]>>(6-2*(d%4))&3]
}

// nearest is the answer by brute force.
func (m model) nearest(t require.TestingT, n int, q index.Query, k int, o index.SearchOptions) []index.Hit {
	var hits []index.Hit
	for _, id := range slices.Sorted(maps.Keys(m)) {
		e := m[id]
		if o.IDs != nil && !slices.Contains(o.IDs, id) || o.Where != nil && !o.Where(id, e.Payload) ||
			o.Keys != nil && (e.Key.Bits < o.Keys.From || e.Key.Bits > o.Keys.To) {
			continue
		}
		hits = append(hits, index.Hit{Entry: e, Score: bruteScore(t, n, q, e.Code, o.Ranking)})
	}
	sign := 1.0
	if o.Ranking == index.Dot {
		sign = -1
	}
	slices.SortStableFunc(hits, func(a, b index.Hit) int { return cmp.Compare(sign*a.Score, sign*b.Score) })
	return hits[:min(k, len(hits))]
}

func bruteScore(t require.TestingT, n int, q index.Query, code []byte, by index.Ranking) float64 {
	switch by {
	case index.Lee:
		d, err := reference.LeeDistance(queryCode(t, n, q), code, n)
		require.NoError(t, err)
		return float64(d)
	case index.L1:
		query, sum := queryCode(t, n, q), 0
		for d := range n {
			difference := symbol(query, d) - symbol(code, d)
			sum += max(difference, -difference)
		}
		return float64(sum)
	}
	return bruteDot(t, n, q, code)
}

func (m model) between(from, to uint64) []index.Entry {
	var entries []index.Entry
	for _, e := range m {
		if e.Key.Bits >= from && e.Key.Bits <= to {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b index.Entry) int {
		return cmp.Or(cmp.Compare(a.Key.Bits, b.Key.Bits), cmp.Compare(a.ID, b.ID))
	})
	return entries
}

func sameEntry(t require.TestingT, want, got index.Entry) {
	require.Equal(t, want.ID, got.ID)
	require.Equal(t, want.Key, got.Key, "key of id %d", want.ID)
	require.True(t, bytes.Equal(want.Code, got.Code), "code of id %d", want.ID)
	require.True(t, bytes.Equal(want.Payload, got.Payload), "payload of id %d", want.ID)
}

func sameHits(t require.TestingT, want, got []index.Hit) {
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].Score, got[i].Score, "score of hit %d, id %d, where id %d is expected", i, got[i].ID, want[i].ID)
		sameEntry(t, want[i].Entry, got[i].Entry)
	}
}

func collect(t require.TestingT, entries func(yield func(index.Entry, error) bool)) (all []index.Entry) {
	for e, err := range entries {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

func sameEntries(t require.TestingT, want, got []index.Entry) {
	require.Len(t, got, len(want))
	for i := range want {
		sameEntry(t, want[i], got[i])
	}
}

// machine is an index beside its model, in a state-machine test.
type machine struct {
	t       *rapid.T
	dir     string
	n       int
	vectors index.Vectors
	ix      *index.Index
	model   model
	rows    map[uint64][]float32
}

func (m *machine) options() index.Options {
	return index.Tuned(index.Options{N: m.n, Vectors: m.vectors, Sync: index.Relaxed, Cores: 2}, 64, 100, lazyFiles)
}

func (m *machine) open() {
	ix, err := index.Open(m.dir, m.options())
	require.NoError(m.t, err)
	m.ix = ix
}

var drawID = rapid.Custom(func(t *rapid.T) uint64 {
	if rapid.IntRange(0, 20).Draw(t, "far") == 0 {
		return rapid.Uint64().Draw(t, "id")
	}
	return rapid.Uint64Range(0, 400).Draw(t, "id")
})

// row draws an activation of few different values, so that equal codes and equal distances are common.
func (m *machine) row() []float32 {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(-3, 3), func(v int) float32 { return float32(v) }), m.n, m.n).Draw(m.t, "row")
}

func (m *machine) item() index.Item {
	id := drawID.Draw(m.t, "id")
	return index.Item{ID: id, Activation: q2.Float32Row(m.row()), Payload: payloadOf(id)}
}

func (m *machine) remember(item index.Item) {
	m.model.put(m.t, m.n, item.ID, queryCode(m.t, m.n, index.Query{Activation: item.Activation}), item.Payload)
	m.rows[item.ID] = floats(item.Activation)
}

func (m *machine) Upsert(*rapid.T) {
	var items []index.Item
	for range rapid.IntRange(1, 60).Draw(m.t, "items") {
		items = append(items, m.item())
	}
	require.NoError(m.t, m.ix.Upsert(items...))
	for _, item := range items {
		m.remember(item)
	}
}

func (m *machine) Add(*rapid.T) {
	item := m.item()
	err := m.ix.Add(item)
	if _, exists := m.model[item.ID]; exists {
		require.ErrorIs(m.t, err, index.ErrExists)
		return
	}
	require.NoError(m.t, err)
	m.remember(item)
}

func (m *machine) Delete(*rapid.T) {
	ids := rapid.SliceOfN(drawID, 1, 40).Draw(m.t, "ids")
	want := 0
	for _, id := range ids {
		if _, exists := m.model[id]; exists {
			want++
			delete(m.model, id)
			delete(m.rows, id)
		}
	}
	got, err := m.ix.Delete(ids...)
	require.NoError(m.t, err)
	require.Equal(m.t, want, got)
}

func (m *machine) Keep(*rapid.T) { require.NoError(m.t, m.ix.Keep()) }

func (m *machine) Reopen(*rapid.T) {
	require.NoError(m.t, m.ix.Close())
	m.open()
	stats, err := m.ix.Stats()
	require.NoError(m.t, err)
	require.Empty(m.t, stats.Repaired)
	require.NotEqual(m.t, "rebuilt", stats.Origin)
}

func (m *machine) query() index.Query {
	activation := q2.Float32Row(m.row())
	if rapid.Bool().Draw(m.t, "by code") {
		return index.Query{Code: queryCode(m.t, m.n, index.Query{Activation: activation})}
	}
	return index.Query{Activation: activation}
}

func (m *machine) searchOptions() (o index.SearchOptions) {
	o.Ranking = rapid.SampledFrom([]index.Ranking{index.Dot, index.L1, index.Lee}).Draw(m.t, "ranking")
	if rapid.IntRange(0, 2).Draw(m.t, "keys") == 0 {
		a, b := rapid.Uint64().Draw(m.t, "from"), rapid.Uint64().Draw(m.t, "to")
		o.Keys = &index.KeyRange{From: min(a, b), To: max(a, b)}
	}
	if rapid.IntRange(0, 2).Draw(m.t, "ids") == 0 {
		o.IDs = rapid.SliceOfN(drawID, 0, 100).Draw(m.t, "ids")
	}
	if rapid.IntRange(0, 2).Draw(m.t, "where") == 0 {
		modulus := rapid.SampledFrom([]uint64{1, 3, 50}).Draw(m.t, "modulus")
		o.Where = func(id uint64, payload []byte) bool {
			return bytes.Equal(payload, payloadOf(id)) && id%modulus == 0
		}
	}
	return o
}

func (m *machine) Search(*rapid.T) {
	q, o := m.query(), m.searchOptions()
	k := rapid.IntRange(1, 120).Draw(m.t, "k")
	got, err := m.ix.Search(background, q, k, o)
	require.NoError(m.t, err)
	sameHits(m.t, m.model.nearest(m.t, m.n, q, k, o), got)
}

func (m *machine) SearchMany(*rapid.T) {
	o := m.searchOptions()
	var queries []index.Query
	for range rapid.IntRange(0, 12).Draw(m.t, "queries") {
		queries = append(queries, m.query())
	}
	k := rapid.IntRange(1, 120).Draw(m.t, "k")
	got, err := m.ix.SearchMany(background, queries, k, o)
	require.NoError(m.t, err)
	require.Len(m.t, got, len(queries))
	for i, q := range queries {
		sameHits(m.t, m.model.nearest(m.t, m.n, q, k, o), got[i])
	}
}

func (m *machine) Range(*rapid.T) {
	key, j := rapid.Uint64().Draw(m.t, "key"), rapid.IntRange(1, 32).Draw(m.t, "j")
	for id := range m.model {
		key = m.model[id].Key.Bits ^ key>>min(63, 2*j)
		break
	}
	shared := func(e index.Entry) bool { return j == 0 || e.Key.Bits>>(64-2*j) == key>>(64-2*j) }
	var prefix []index.Entry
	for _, e := range m.model.between(0, math.MaxUint64) {
		if shared(e) {
			prefix = append(prefix, e)
		}
	}
	sameEntries(m.t, prefix, collect(m.t, m.ix.Prefix(key, j)))
	h := new(big.Int).Sub(new(big.Int).Exp(big.NewInt(4), big.NewInt(int64(32-j)), nil), big.NewInt(1))
	var window []index.Entry
	for _, e := range m.model.between(0, math.MaxUint64) {
		distance := new(big.Int).Sub(new(big.Int).SetUint64(e.Key.Bits), new(big.Int).SetUint64(key))
		if distance.CmpAbs(h) <= 0 {
			window = append(window, e)
		}
	}
	sameEntries(m.t, window, collect(m.t, m.ix.Window(key, j)))
	sameEntries(m.t, m.model.between(key, key), collect(m.t, m.ix.Bucket(key)))
}

// Check holds after every step.
func (m *machine) Check(*rapid.T) {
	stats, err := m.ix.Stats()
	require.NoError(m.t, err)
	require.Equal(m.t, len(m.model), stats.Entries)
	for id, want := range m.model {
		got, err := m.ix.Get(id)
		require.NoError(m.t, err)
		sameEntry(m.t, want, got)
		break
	}
}

func TestAgainstTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{t: rt, dir: t.TempDir(), n: rapid.SampledFrom([]int{1, 5, 12, 33}).Draw(rt, "n"), model: model{}, rows: map[uint64][]float32{}}
		m.vectors = rapid.SampledFrom([]index.Vectors{index.NoVectors, index.Int8Vectors, index.FP32Vectors}).Draw(rt, "vectors")
		m.open()
		defer func() { require.NoError(rt, m.ix.Close()) }()
		steps := rapid.StateMachineActions(m)
		rt.Repeat(steps)
	})
}
