package index

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// countingRanker counts the times that a block meets queries, and ends the context at one of them. Who comes after it goes on when that has been done: a block here takes so little that the other
// cores would otherwise finish all of them before.
type countingRanker struct {
	ranker
	meetings atomic.Int64
	last     int64
	ctx      context.Context
	cancel   context.CancelFunc
}

func (r *countingRanker) meet() {
	switch meeting := r.meetings.Add(1); {
	case meeting == r.last:
		r.cancel()
	case meeting > r.last:
		<-r.ctx.Done()
	}
}

func (r *countingRanker) all(far []uint32, query int, codes q2.Codes) error {
	r.meet()
	return r.ranker.all(far, query, codes)
}

func (r *countingRanker) nearest(at []uint64, far []uint32, k, first, last int, codes q2.Codes) (int, error) {
	r.meet()
	return r.ranker.nearest(at, far, k, first, last, codes)
}

// A context that ends stops a scan before the next block, and of many queries before the next of them meet the block: each of the cores may be in one.
func TestContextEndsAScanWithinABlock(t *testing.T) {
	ix, err := Open(t.TempDir(), Options{N: 256, Dtype: q2.Q2, Cores: 3, tuning: tuning{blockBytes: 1, sealSlots: 1 << 20}})
	require.NoError(t, err)
	defer ix.Close()
	items := make([]Item, 6400)
	for i := range items {
		items[i] = Item{ID: uint64(i), Code: make([]byte, 64)}
	}
	require.NoError(t, ix.Upsert(items...))
	scanCancelled(t, ix, 1)
	scanCancelled(t, ix, 300)
	require.NoError(t, ix.settleArray(mergeTiers))
	scanCancelled(t, ix, 1)
	scanCancelled(t, ix, 300)
}

func scanCancelled(t *testing.T, ix *Index, queries int) {
	v, err := ix.enter()
	require.NoError(t, err)
	defer ix.leave(v)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lee, err := ix.rank(slices.Repeat([]Query{{Code: make([]byte, 64)}}, queries), Lee)
	require.NoError(t, err)
	require.Len(t, lee, 1)
	counting := &countingRanker{ranker: lee[0].ranker, last: 5, ctx: ctx, cancel: cancel}
	s := &scan{view: v, groups: []group{{counting, lee[0].places}}, queries: queries, k: 10}
	require.Len(t, s.units(), 100)
	_, err = s.run(ctx, 3)
	require.ErrorIs(t, err, context.Canceled)
	require.LessOrEqual(t, counting.meetings.Load(), int64(5+2), "blocks were begun after the context had ended")
}

// A block holds no more codes than a millisecond reads: at 8 GB/s, the least that a core of a server does, 8 MB.
func TestBlocksAreShort(t *testing.T) {
	for _, n := range []int{1, 384, 4096, 1 << 15, 1 << 17} {
		l := newLayout(n, q2.PackedLen(n), defaultBlockBytes)
		require.LessOrEqual(t, l.codeLen*l.slots, 8_000_000, "n = %d", n)
		require.Zero(t, l.slots%64)
	}
}

// The order of scores survives the way into integers and back.
func TestFarOf(t *testing.T) {
	scores := []float32{3e38, 4.5, 1, 1e-45, 0, -1e-45, -1, -4.5, -3e38}
	for i, score := range scores {
		require.Equal(t, float64(score), (&scoreRanker{}).score(farOf(score)))
		if i > 0 {
			require.Greater(t, farOf(score), farOf(scores[i-1]))
		}
	}
	var zero float32
	require.Equal(t, farOf(0), farOf(-zero*1))
}
