package index

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/q2kernel/q2/gopkg/q2"
)

// scan looks at the live codes of a view, block by block. All cores take blocks until none are left, so that each does what it can.
type scan struct {
	view   *view
	ranker ranker
	filter filter // nil: all
	k      int
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

// run is the k nearest codes, in order. It returns soon after ctx ends: no block is begun after that.
func (s *scan) run(ctx context.Context, cores int) ([]candidate, error) {
	units := s.units()
	cores = max(min(cores, len(units)), 1)
	tops, errs := make([]top, cores), make([]error, cores)
	var taken atomic.Int64
	work := func(core int) {
		w := scanWorker{scan: s, top: top{k: s.k}}
		for errs[core] == nil {
			at := int(taken.Add(1)) - 1
			if at >= len(units) {
				break
			}
			if errs[core] = ctx.Err(); errs[core] == nil {
				errs[core] = w.block(units[at])
			}
		}
		tops[core] = w.top
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
	return merged(s.k, tops), nil
}

// scanWorker is what one goroutine needs for its blocks.
type scanWorker struct {
	*scan
	top      top
	at       []uint64
	far      []uint32
	selected []uint64
	gathered []byte
	slots    []int
}

// fewDead is how many dead codes a block may have to be ranked as a whole, with as many more of the nearest asked for.
const fewDead = 64

func (w *scanWorker) block(u unit) error {
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
	w.at, w.far = grown(w.at, k), grown(w.far, k)
	found, err := w.ranker.nearest(w.at[:k], w.far[:k], w.codes(b.codes, count))
	for i := range found {
		at := int(w.at[i])
		if dead == nil || dead.words[at/64]>>(at%64)&1 == 0 {
			w.offer(w.far[i], b, at)
		}
	}
	return err
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
	w.far = grown(w.far, count)
	if err := w.ranker.all(w.far[:count], w.codes(b.codes, count)); err != nil {
		return err
	}
	eachBit(w.selected, func(at int) { w.offer(w.far[at], b, at) })
	return nil
}

// gather copies the selected codes together and ranks those.
func (w *scanWorker) gather(b block, chosen, codeLen int) error {
	w.far, w.slots = grown(w.far, chosen), w.slots[:0]
	w.gathered = w.gathered[:0]
	eachBit(w.selected, func(at int) {
		w.gathered = append(w.gathered, b.code(at, codeLen)...)
		w.slots = append(w.slots, at)
	})
	if err := w.ranker.all(w.far[:chosen], w.codes(w.gathered, chosen)); err != nil {
		return err
	}
	for i, at := range w.slots {
		w.offer(w.far[i], b, at)
	}
	return nil
}

func (w *scanWorker) offer(far uint32, b block, at int) {
	if len(w.top.heap) == w.top.k && far > w.top.heap[0].far {
		return
	}
	if id := b.ids.at(at); w.top.wants(far, id) {
		w.top.add(candidate{far, id, b.keys.at(at)})
	}
}

// grown is s with room for so many.
func grown[T any](s []T, size int) []T {
	if cap(s) < size {
		return make([]T, size)
	}
	return s[:cap(s)]
}
