package index

import (
	"cmp"
	"slices"
)

// candidate is a code that was ranked.
type candidate struct {
	far uint32
	id  uint64
	key uint64
}

func (c candidate) compare(d candidate) int {
	return cmp.Or(cmp.Compare(c.far, d.far), cmp.Compare(c.id, d.id))
}

// top keeps the k nearest candidates: a heap with the farthest on top.
type top struct {
	k    int
	heap []candidate
}

func newTops(count, k int) []top {
	tops := make([]top, count)
	for i := range tops {
		tops[i].k = k
	}
	return tops
}

// offer takes a slot of a block if it is among the k nearest so far, and says whether it was.
func (t *top) offer(far uint32, b block, at int) bool {
	if len(t.heap) == t.k && far > t.heap[0].far {
		return false
	}
	id := b.ids.at(at)
	if !t.wants(far, id) {
		return false
	}
	t.add(candidate{far, id, b.keys.at(at)})
	return true
}

// wants says whether a candidate is among the k nearest so far.
func (t *top) wants(far uint32, id uint64) bool {
	if len(t.heap) < t.k {
		return true
	}
	worst := t.heap[0]
	return far < worst.far || far == worst.far && id < worst.id
}

func (t *top) add(c candidate) {
	if len(t.heap) < t.k {
		t.heap = append(t.heap, c)
		t.up(len(t.heap) - 1)
		return
	}
	t.heap[0] = c
	t.down()
}

func (t *top) up(at int) {
	for at > 0 {
		parent := (at - 1) / 2
		if t.heap[parent].compare(t.heap[at]) >= 0 {
			return
		}
		t.heap[parent], t.heap[at] = t.heap[at], t.heap[parent]
		at = parent
	}
}

func (t *top) down() {
	for at := 0; ; {
		child := 2*at + 1
		if child >= len(t.heap) {
			return
		}
		if child+1 < len(t.heap) && t.heap[child+1].compare(t.heap[child]) > 0 {
			child++
		}
		if t.heap[at].compare(t.heap[child]) >= 0 {
			return
		}
		t.heap[at], t.heap[child] = t.heap[child], t.heap[at]
		at = child
	}
}

// mergedAll is the k nearest to each query, in order, of what several workers found.
func mergedAll(k int, of [][]top) [][]candidate {
	nearest := make([][]candidate, len(of[0]))
	for query := range nearest {
		var all []candidate
		for _, tops := range of {
			all = append(all, tops[query].heap...)
		}
		slices.SortFunc(all, candidate.compare)
		nearest[query] = all[:min(k, len(all))]
	}
	return nearest
}
