package index_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// A search that runs beside writes shows what was there after one batch, whole: one that was written before it ended, and none that came before the last one
// written when it began.
func TestSearchesSeeWholeBatches(t *testing.T) {
	const batches = 600
	o := index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2, Cores: 2}, 1024, 150, lazyFiles)
	ix := open(t, t.TempDir(), o)
	var written atomic.Uint64
	var all sync.WaitGroup
	all.Go(func() {
		for i := uint64(1); i <= batches && assert.NoError(t, applyBatch(ix, i)); i++ {
			written.Store(i)
		}
		written.Store(batches)
	})
	for searcher := range uint64(3) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(searcher, 1))
			m, at := model{}, uint64(0)
			for at < batches {
				q := index.Query{Code: randomCode(r, crashDim)}
				o := index.SearchOptions{Ranking: index.Ranking(r.IntN(3))}
				if r.IntN(3) == 0 {
					o.Where = func(id uint64, _ []byte) bool { return id%7 == 0 }
				}
				before := written.Load()
				hits, err := ix.Search(background, q, 25, o)
				after := min(written.Load()+1, batches)
				if !assert.NoError(t, err) {
					return
				}
				m.follow(t, at, before)
				for at = before; !equalHits(m.nearest(t, crashDim, q, 25, o), hits); at++ {
					if !assert.Less(t, at, after, "the hits are those of no batch from %d on", before) {
						return
					}
					m.follow(t, at, at+1)
				}
			}
		})
	}
	all.Wait()
}

func equalHits(a, b []index.Hit) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Score != b[i].Score || string(a[i].Payload) != string(b[i].Payload) {
			return false
		}
	}
	return true
}

func TestSnapshotWhileWriting(t *testing.T) {
	o := index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2, Cores: 2}, 1024, 150, lazyFiles)
	ix := open(t, t.TempDir(), o)
	require.NoError(t, applyBatch(ix, 1))
	ctx, stop := context.WithCancel(background)
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := uint64(2); ctx.Err() == nil && assert.NoError(t, applyBatch(ix, i)); i++ {
		}
	})
	for range 5 {
		before, err := ix.Stats()
		require.NoError(t, err)
		dir := filepath.Join(t.TempDir(), "copy")
		require.NoError(t, ix.Snapshot(dir))
		require.ErrorContains(t, ix.Snapshot(dir), dir)
		copied, err := index.Open(dir, o)
		require.NoError(t, err)
		stats, err := copied.Stats()
		require.NoError(t, err)
		require.GreaterOrEqual(t, stats.Batch, before.Batch)
		require.Empty(t, stats.Repaired)
		require.NotEqual(t, "rebuilt", stats.Origin)
		m := model{}
		m.follow(t, 0, stats.Batch)
		wholeModel(t, m, copied)
		require.NoError(t, applyBatch(copied, stats.Batch+1)) // it is an index of its own
		require.NoError(t, copied.Close())
	}
	stop()
	writer.Wait()
}

// Close waits for who is still reading.
func TestCloseWaitsForIterations(t *testing.T) {
	ix, err := index.Open(t.TempDir(), index.Options{N: 8, Dtype: q2.Q2})
	require.NoError(t, err)
	for id := range uint64(3) {
		require.NoError(t, ix.Upsert(index.Item{ID: id, Code: make([]byte, 2)}))
	}
	var closer sync.WaitGroup
	ids := 0
	for e, err := range ix.Bucket(0) {
		if e.ID == 0 {
			closer.Go(func() { assert.NoError(t, ix.Close()) })
		}
		require.NoError(t, err)
		ids++
	}
	require.Equal(t, 3, ids)
	closer.Wait()
}

func TestCompactDropsTheDead(t *testing.T) {
	ix := open(t, t.TempDir(), index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2}, 1024, 150, lazyFiles))
	m := fullFolder(t, ix)
	require.NoError(t, ix.Compact(background))
	stats, err := ix.Stats()
	require.NoError(t, err)
	require.Equal(t, 1, stats.Segments)
	require.Zero(t, stats.Dead)
	require.Zero(t, stats.InMemory)
	wholeModel(t, m, ix)
}

// Deletions alone are put down too, and no more often than writes.
func TestDeletionsReachTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir, index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2}, 1024, 100, lazyFiles))
	r := rand.New(rand.NewPCG(14, 15))
	for id := range uint64(300) {
		require.NoError(t, ix.Upsert(index.Item{ID: id, Code: randomCode(r, crashDim)}))
	}
	require.NoError(t, ix.Keep())
	file := filepath.Join(dir, "scan", "checkpoint")
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	_, err = ix.Delete(7)
	require.NoError(t, err)
	require.NoError(t, ix.Keep())
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	require.EqualValues(t, 301, number(after[16:]), "the batch that the checkpoint is of")
	stats, err := ix.Stats()
	require.NoError(t, err)
	require.Equal(t, 1, stats.Dead)
	require.Zero(t, stats.InMemory)
}
