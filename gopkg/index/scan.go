package index

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/q2kernel/q2/gopkg/q2"
)

// scan looks at the live codes of a view, block by block, and compares each block with all queries while it is in the cache. All cores take blocks until none are left, so that each does what it can.
type scan struct {
	view    *view
	groups  []group
	queries int
	filter  filter // nil: all
	k       int
}

// unit is one block of one part.
type unit struct{ part, block int }

func (s *scan) units() (units []unit) {
	for i, p := range s.view.parts {
		for at := range p.blocks {
			units = append(units, unit{i, at})
		}
	}
	return units
}

// run is the k nearest codes of each query, in order. It returns soon after ctx ends: no block is begun after that, and no more queries of one.
func (s *scan) run(ctx context.Context, cores int) ([][]candidate, error) {
	units := s.units()
	cores = max(min(cores, len(units)), 1)
	tops, errs := make([][]top, cores), make([]error, cores)
	var taken atomic.Int64
	work := func(core int) {
		w := scanWorker{scan: s, ctx: ctx, tops: newTops(s.queries, s.k)}
		for errs[core] == nil {
			at := int(taken.Add(1)) - 1
			if at >= len(units) {
				break
			}
			errs[core] = w.block(units[at])
		}
		tops[core] = w.tops
	}
	var others sync.WaitGroup
	for core := 1; core < cores; core++ {
		others.Go(func() { work(core) })
	}
	work(0)
	others.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return mergedAll(s.k, tops), nil
}

// scanWorker is what one goroutine needs for its blocks.
type scanWorker struct {
	*scan
	ctx      context.Context
	tops     []top
	at       []uint64
	far      []uint32
	selected []uint64
	gathered []byte
	slots    []int
}

const (
	// fewDead is how many dead codes a block may have to be ranked as a whole, with as many more of the nearest asked for.
	fewDead = 64
	// together is how many queries the kernels look at in one pass over codes.
	together = 64
)

func (w *scanWorker) block(u unit) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	p := w.view.parts[u.part]
	b, count := p.blocks[u.block], p.inBlock(u.block)
	dead := p.dead.block(u.block)
	deadCount := 0
	if dead != nil {
		deadCount = dead.count
	}
	// The nearest of a block are right only where indices go up with ids: equally near codes go by index.
	if w.filter == nil && p.segment != nil && deadCount <= fewDead && w.k+deadCount <= min(q2.MaxNearest, count/2) {
		return w.nearest(b, count, w.k+deadCount, dead)
	}
	w.selectLive(count, dead)
	if w.filter != nil {
		w.filter.narrow(w.selected, u, p)
	}
	chosen := countBits(w.selected)
	switch {
	case chosen == 0:
		return nil
	case chosen >= count/2:
		return w.all(b, count)
	}
	return w.gather(b, chosen, p.codeLen)
}

func (w *scanWorker) codes(data []byte, count int) q2.Codes {
	l := w.view.parts[0].layout
	return q2.Codes{Data: data, Count: count, N: l.n, Stride: l.codeLen}
}

// nearest takes the nearest of a block, so many that enough are left without the dead.
func (w *scanWorker) nearest(b block, count, k int, dead *blockBits) error {
	for _, g := range w.groups {
		for first := 0; first < len(g.places); first += together {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			last := min(first+together, len(g.places))
			w.at, w.far = grown(w.at, k*(last-first)), grown(w.far, k*(last-first))
			found, err := g.nearest(w.at[:k*(last-first)], w.far[:k*(last-first)], k, first, last, w.codes(b.codes, count))
			if err != nil {
				return err
			}
			for i, place := range g.places[first:last] {
				w.offerNearest(&w.tops[place], b, w.at[k*i:k*i+found], w.far[k*i:k*i+found], dead)
			}
		}
	}
	return nil
}

// offerNearest offers what is in order, so that after one that is not wanted none is.
func (w *scanWorker) offerNearest(t *top, b block, at []uint64, far []uint32, dead *blockBits) {
	for i, slot := range at {
		alive := dead == nil || dead.words[slot/64]>>(slot%64)&1 == 0
		if alive && !t.offer(far[i], b, int(slot)) {
			return
		}
	}
}

// selectLive marks the live slots of a block.
func (w *scanWorker) selectLive(count int, dead *blockBits) {
	w.selected = grown(w.selected, (count+63)/64)[:(count+63)/64]
	for i := range w.selected {
		w.selected[i] = ^uint64(0)
		if dead != nil {
			w.selected[i] &^= dead.words[i]
		}
	}
	if rest := count % 64; rest != 0 {
		w.selected[count/64] &= 1<<rest - 1
	}
}

// all ranks a whole block and takes the selected codes of it.
func (w *scanWorker) all(b block, count int) error {
	return w.rankAll(w.codes(b.codes, count), func(t *top) {
		eachBit(w.selected, func(at int) { t.offer(w.far[at], b, at) })
	})
}

// gather copies the selected codes together and ranks those.
func (w *scanWorker) gather(b block, chosen, codeLen int) error {
	w.slots, w.gathered = w.slots[:0], w.gathered[:0]
	eachBit(w.selected, func(at int) {
		w.gathered = append(w.gathered, b.code(at, codeLen)...)
		w.slots = append(w.slots, at)
	})
	return w.rankAll(w.codes(w.gathered, chosen), func(t *top) {
		for i, at := range w.slots {
			t.offer(w.far[i], b, at)
		}
	})
}

// rankAll has each query's distances of all codes taken.
func (w *scanWorker) rankAll(codes q2.Codes, take func(t *top)) error {
	w.far = grown(w.far, codes.Count)
	for _, g := range w.groups {
		for query, place := range g.places {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			if err := g.all(w.far[:codes.Count], query, codes); err != nil {
				return err
			}
			take(&w.tops[place])
		}
	}
	return nil
}

// grown is s with room for so many.
func grown[T any](s []T, size int) []T {
	if cap(s) < size {
		return make([]T, size)
	}
	return s[:cap(s)]
}
