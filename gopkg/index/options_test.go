package index_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

func TestReopenTakesWhatTheDirectorySays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "index")
	_, err := index.Open(dir, index.Options{})
	require.ErrorIs(t, err, index.ErrNotExist)
	_, err = index.Open(dir, index.Options{N: 10, MustExist: true})
	require.ErrorIs(t, err, index.ErrNotExist)
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, fs.ErrNotExist, "an index that must exist was begun")

	ix, err := index.Open(dir, index.Options{N: 10, Dtype: q2.FP16, Vectors: index.Int8Vectors})
	require.NoError(t, err)
	require.NoError(t, ix.Close())
	require.NoError(t, ix.Close())
	ix = open(t, dir, index.Options{})
	require.Equal(t, 10, ix.N())
	require.Equal(t, q2.FP16, ix.Options().Dtype)
	require.Equal(t, index.Int8Vectors, ix.Options().Vectors)
}

func TestMismatchNamesBoth(t *testing.T) {
	dir := t.TempDir()
	ix, err := index.Open(dir, index.Options{N: 10, Dtype: q2.FP16, Vectors: index.Int8Vectors})
	require.NoError(t, err)
	require.NoError(t, ix.Close())
	for want, o := range map[string]index.Options{
		"with N 10, and 12 was asked for":           {N: 12, Dtype: q2.FP16, Vectors: index.Int8Vectors},
		"with dtype fp16, and fp32 was asked for":   {N: 10, Vectors: index.Int8Vectors},
		"with vectors int8, and none was asked for": {N: 10, Dtype: q2.FP16},
	} {
		_, err := index.Open(dir, o)
		require.ErrorIs(t, err, index.ErrMismatch)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, dir)
	}
	open(t, dir, index.Options{}) // the refusals left nothing locked
}

func TestForeignFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o644))
	_, err := index.Open(dir, index.Options{N: 8})
	require.ErrorIs(t, err, index.ErrNotExist)
	require.ErrorContains(t, err, "letter.txt")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestArguments(t *testing.T) {
	for want, o := range map[string]index.Options{
		"N is -1, must be 1 to 1048576":             {N: -1},
		"N is 1048577, must be 1 to 1048576":        {N: 1<<20 + 1},
		"dtype is 6, must be 0 to 5":                {N: 8, Dtype: 6},
		"N is 3, must be even for q4":               {N: 3, Dtype: q2.Q4},
		"cores is -1, must be 0 to 1024":            {N: 8, Cores: -1},
		`vectors is "int8", must be none in an ind`: {N: 8, Dtype: q2.Q2, Vectors: index.Int8Vectors},
	} {
		_, err := index.Open(t.TempDir(), o)
		assert.ErrorIs(t, err, index.ErrArgument)
		assert.ErrorContains(t, err, want)
	}
	ix := open(t, t.TempDir(), index.Options{N: 8})
	row, other := q2.Float32Row(make([]float32, 8)), q2.Float32Row(make([]float32, 9))
	infinite := q2.Float32Row([]float32{1, float32(math.Inf(1)), 0, 0, 0, 0, 0, 0})
	for want, item := range map[string]index.Item{
		"length of code is 3, must be 2, for 8 dim":      {Code: make([]byte, 3)},
		`code is "missing"`:                              {},
		`code is "given", must be left out where there`:  {Code: make([]byte, 2), Activation: row},
		"dimensions of the activation is 9, must be 8":   {Activation: other},
		`dtype of the activation is "q8", must be fp32`:  {Activation: q2.Tensor{Data: make([]byte, 8), Dtype: q2.Q8, SeqLen: 1, N: 8}},
		"length of payload is 67108865, must be at most": {Code: make([]byte, 2), Payload: make([]byte, 64<<20+1)},
		"no finite norm":                                 {Activation: infinite},
	} {
		err := ix.Upsert(index.Item{ID: 1, Activation: row}, item)
		assert.ErrorContains(t, err, want)
		var where *index.ItemError
		if assert.ErrorAs(t, err, &where) {
			assert.Equal(t, 1, where.Item)
		}
	}
	assert.ErrorContains(t, ix.Upsert(make([]index.Item, index.MaxBatch+1)...), "number of items in a batch is 65537, must be at most 65536")
	item := index.Item{ID: 7, Activation: row}
	assert.ErrorIs(t, ix.Add(item, item), index.ErrExists)
	_, err := ix.Get(7)
	assert.ErrorIs(t, err, index.ErrNotFound)
	stats, err := ix.Stats()
	require.NoError(t, err)
	assert.Zero(t, stats.Entries, "a batch that was refused left something")

	for want, o := range map[string]index.SearchOptions{
		"ranking is 3, must be Dot, L1 or Lee":                    {Ranking: 3},
		"rescore is 5, must be 0 in an index without vectors":     {Rescore: 5},
		"start of the key range is \"0000000000000002\", must be": {Keys: &index.KeyRange{From: 2, To: 1}},
	} {
		_, err := ix.Search(background, index.Query{Activation: row}, 1, o)
		assert.ErrorContains(t, err, want)
	}
	for _, k := range []int{0, index.MaxK + 1} {
		_, err = ix.Search(background, index.Query{Activation: row}, k, index.SearchOptions{})
		assert.ErrorIs(t, err, index.ErrArgument)
	}
	_, err = ix.Search(background, index.Query{Activation: infinite}, 1, index.SearchOptions{})
	assert.ErrorIs(t, err, q2.ErrNotFinite)
	many := func(count int, q index.Query) []index.Query {
		return append(slices.Repeat([]index.Query{{Code: make([]byte, 2)}}, count-1), q)
	}
	_, err = ix.SearchMany(background, many(index.MaxQueries+1, index.Query{Activation: row}), 1, index.SearchOptions{})
	assert.ErrorContains(t, err, "number of queries is 4097, must be 0 to 4096")
	_, err = ix.SearchMany(background, many(17, index.Query{Activation: row}), index.MaxK, index.SearchOptions{})
	assert.ErrorContains(t, err, "number of queries times k or rescore is 1114112, must be at most 1048576")
	_, err = ix.SearchMany(background, nil, 0, index.SearchOptions{})
	assert.ErrorIs(t, err, index.ErrArgument)
	_, err = ix.SearchMany(background, many(3, index.Query{Activation: infinite}), 1, index.SearchOptions{})
	assert.ErrorIs(t, err, q2.ErrNotFinite)
	var which *index.QueryError
	if assert.ErrorAs(t, err, &which) {
		assert.Equal(t, 2, which.Query)
	}
	_, err = ix.Search(background, index.Query{Activation: infinite}, 1, index.SearchOptions{})
	assert.False(t, errors.As(err, &which), "a single query has no number: %v", err)
	for _, j := range []int{0, 33} {
		for _, err := range ix.Window(0, j) {
			assert.ErrorIs(t, err, index.ErrArgument)
		}
		for _, err := range ix.Prefix(0, j) {
			assert.ErrorIs(t, err, index.ErrArgument)
		}
	}
}

func TestClosed(t *testing.T) {
	ix, err := index.Open(t.TempDir(), index.Options{N: 8})
	require.NoError(t, err)
	require.NoError(t, ix.Close())
	item := index.Item{Code: make([]byte, 2)}
	_, search := ix.Search(background, index.Query{Code: item.Code}, 1, index.SearchOptions{})
	_, many := ix.SearchMany(background, nil, 1, index.SearchOptions{})
	_, deleted := ix.Delete(1)
	_, stats := ix.Stats()
	_, got := ix.Get(1)
	_, verified := ix.Verify(background)
	for _, err := range []error{ix.Upsert(item), search, many, deleted, stats, got, verified, ix.Compact(background), ix.Flush(), ix.Snapshot(filepath.Join(t.TempDir(), "copy"))} {
		assert.True(t, errors.Is(err, index.ErrClosed), "%v", err)
	}
	for _, err := range ix.Bucket(1) {
		assert.ErrorIs(t, err, index.ErrClosed)
	}
}
