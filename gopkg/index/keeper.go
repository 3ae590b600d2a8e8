package index

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// Writers wait for the keeper when so many times the codes are in memory that should be put down.
	backlog = 16
	// Segments of about one size that are merged into one.
	mergeWidth = 8
	// How long the keeper leaves it at a failure.
	keeperRest = time.Second
)

// keeper puts codes in memory down as segments, merges segments, and writes checkpoints, in the background. What it does changes no result.
type keeper struct {
	work    sync.Mutex // held while segments are made
	wakes   chan struct{}
	stops   chan struct{}
	done    chan struct{}
	active  atomic.Bool
	failure atomic.Pointer[keeperFailure]
	number  uint64 // of the next segment
}

type keeperFailure struct {
	err  error
	when time.Time
}

func (k *keeper) start(ix *Index) {
	k.wakes, k.stops, k.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(k.done)
		for {
			select {
			case <-k.stops:
				return
			case <-k.wakes:
				ix.keep()
			}
		}
	}()
}

// wake asks for a round, unless one was asked for or the last one failed just now.
func (k *keeper) wake() {
	if f := k.failure.Load(); f != nil && time.Since(f.when) < keeperRest {
		return
	}
	select {
	case k.wakes <- struct{}{}:
		k.active.Store(true)
	default:
	}
}

// busy says whether a round is on, or was asked for.
func (k *keeper) busy() bool { return k.active.Load() }

func (k *keeper) stop() {
	close(k.stops)
	<-k.done
	k.active.Store(false)
}

// keep is one round in the background. Where it fails, codes stay in memory, and in the store's log of changes.
func (ix *Index) keep() {
	err := ix.settleArray(mergeTiers)
	if err != nil {
		ix.keeper.failure.Store(&keeperFailure{err, time.Now()})
	} else {
		ix.keeper.failure.Store(nil)
	}
	ix.write.Lock()
	ix.keeper.active.Store(false)
	ix.room.Broadcast()
	ix.write.Unlock()
}

// settleArray puts all codes in memory down, merges the segments that choose picks, and writes a checkpoint.
func (ix *Index) settleArray(choose func(v *view, unit int) []partView) error {
	ix.keeper.work.Lock()
	defer ix.keeper.work.Unlock()
	v, err := ix.freeze()
	if err != nil {
		return err
	}
	defer ix.leave(v)
	// A checkpoint must not know more than the store does after a crash.
	if err := ix.settleLog(v.seq); err != nil {
		return err
	}
	old := choose(v, ix.options.sealSlots)
	made, err := ix.rewrite(old)
	if err != nil {
		return err
	}
	if err := ix.replaceParts(v, old, made); err != nil {
		return err
	}
	return ix.pruneLog(v.seq)
}

// freeze closes the open part and begins another. The view that it returns is entered.
func (ix *Index) freeze() (*view, error) {
	ix.write.Lock()
	defer ix.write.Unlock()
	v := ix.current.view
	if v == nil {
		return nil, ErrClosed
	}
	if v.changes > 0 {
		edit := v.edit()
		if edit.parts[len(edit.parts)-1].count > 0 {
			edit.parts = append(edit.parts, newMemoryPart(ix.layout))
		}
		edit.changes = 0
		ix.publish(edit.done(ix.store.db.NewSnapshot()))
	}
	return ix.enter()
}

// mergeTiers picks what is in memory, what is half dead, and where there are many segments of about one size, those.
func mergeTiers(v *view, unit int) (picked []partView) {
	tiers := map[int][]partView{}
	for _, p := range v.parts[:len(v.parts)-1] {
		if p.segment == nil || 2*p.dead.count > p.count {
			picked = append(picked, p)
			continue
		}
		tier := tierOf(p.live(), unit)
		tiers[tier] = append(tiers[tier], p)
	}
	size := 0
	for _, p := range picked {
		size += p.live()
	}
	// What was picked becomes a segment of its own, which may fill up its tier.
	for tier := 0; tier <= maxTier; tier++ {
		if tier < tierOf(size, unit) || len(tiers[tier])+1 < mergeWidth {
			continue
		}
		for _, p := range tiers[tier] {
			picked = append(picked, p)
			size += p.live()
		}
	}
	return picked
}

const maxTier = 20

// tierOf is 0 up to mergeWidth units, and one more with each factor of mergeWidth.
func tierOf(size, unit int) (tier int) {
	for ; size >= mergeWidth*unit && tier < maxTier; size /= mergeWidth {
		tier++
	}
	return tier
}

// mergeAll picks everything that is not one clean segment already.
func mergeAll(v *view, _ int) []partView {
	closed := v.parts[:len(v.parts)-1]
	if len(closed) == 1 && closed[0].segment != nil && closed[0].dead.count == 0 {
		return nil
	}
	return slices.Clone(closed)
}

// rewrite makes one segment of the live codes of some parts, none if none are live.
func (ix *Index) rewrite(old []partView) (*partView, error) {
	live := 0
	for _, p := range old {
		live += p.live()
	}
	if live == 0 {
		return nil, nil
	}
	return ix.writeSegment(live, func(w *segmentWriter) error { return mergeParts(old, w.add) })
}

// replaceParts puts a segment, if any, in the place of some parts of v: in a checkpoint that says how things stood at v, and in the current view, which may be a later one.
func (ix *Index) replaceParts(v *view, old []partView, made *partView) error {
	gone := map[*part]bool{}
	for _, p := range old {
		gone[p.part] = true
	}
	at := checkpoint{seq: v.seq}
	for _, p := range v.parts {
		if !gone[p.part] && p.segment != nil {
			at.segments = append(at.segments, checkpointSegment{p.segment.number, p.segment.sum, p.dead})
		}
	}
	if made != nil {
		at.segments = append(at.segments, checkpointSegment{made.segment.number, made.segment.sum, bitmap{}})
	}
	if err := ix.writeCheckpoint(at); err != nil {
		if made != nil {
			made.segment.obsolete.Store(true)
			made.segment.close()
		}
		return err
	}
	ix.install(v, gone, made)
	for _, p := range old {
		if p.segment != nil {
			p.segment.obsolete.Store(true)
		}
	}
	return nil
}

// install publishes the current view with a segment in the place of the parts that it was made of. What died in them since is dead in it.
func (ix *Index) install(v *view, gone map[*part]bool, made *partView) {
	ix.write.Lock()
	defer ix.write.Unlock()
	now := ix.current.view
	edit := now.edit()
	edit.parts = nil
	var died []uint64
	for _, p := range now.parts {
		if gone[p.part] {
			died = append(died, diedSince(v, p)...)
		} else {
			edit.parts = append(edit.parts, p)
		}
	}
	if made != nil {
		edit.parts = slices.Insert(edit.parts, 0, *made)
		for _, id := range died {
			slot, found := made.search(id)
			if !found {
				panic("index: a code that was live is not in the segment that it was put into")
			}
			edit.kill(place{0, slot})
		}
		edit.live = now.live // they are no longer counted as it is
	}
	ix.publish(edit.done(ix.store.db.NewSnapshot()))
}

// diedSince lists the ids of the slots of a part that were live in v and no longer are.
func diedSince(v *view, now partView) (ids []uint64) {
	at := slices.IndexFunc(v.parts, func(p partView) bool { return p.part == now.part })
	for block, marks := range now.dead.blocks {
		before := v.parts[at].dead.block(block)
		if marks == nil || marks == before {
			continue
		}
		words := slices.Clone(marks.words)
		if before != nil {
			for i := range words {
				words[i] &^= before.words[i]
			}
		}
		eachBit(words, func(slot int) { ids = append(ids, now.blocks[block].ids.at(slot)) })
	}
	return ids
}
