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

// merged is the k nearest of several, in order.
func merged(k int, of []top) []candidate {
	var all []candidate
	for _, t := range of {
		all = append(all, t.heap...)
	}
	slices.SortFunc(all, candidate.compare)
	return all[:min(k, len(all))]
}
