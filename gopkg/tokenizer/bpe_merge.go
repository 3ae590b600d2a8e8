package tokenizer

import "sync"

// shortWord is the length in bytes up to which searching all pairs for the lowest rank beats keeping them in a heap.
const shortWord = 48

// merge appends the tokens of a word.
func (m *bpe) merge(dst []int64, word string) []int64 {
	if len(word) > shortWord {
		return m.mergeLong(dst, word)
	}
	var room [shortWord]uint32
	symbols := m.mergeShort(m.appendSymbols(room[:0], word))
	for _, id := range symbols {
		dst = append(dst, int64(id))
	}
	return dst
}

// mergeShort merges in place.
func (m *bpe) mergeShort(symbols []uint32) []uint32 {
	var pairs [shortWord]mergedPair // pairs[i] is what symbols i and i+1 merge to
	last := len(symbols) - 1
	for i := range last {
		pairs[i] = m.merges.find(symbols[i], symbols[i+1])
	}
	for last > 0 {
		best := 0
		for i := 1; i < last; i++ {
			if pairs[i].rank < pairs[best].rank {
				best = i
			}
		}
		if pairs[best].rank == noRank {
			break
		}
		symbols[best] = pairs[best].id
		copy(symbols[best+1:], symbols[best+2:last+1])
		copy(pairs[best:last-1], pairs[best+1:last])
		last--
		if best > 0 {
			pairs[best-1] = m.merges.find(symbols[best-1], symbols[best])
		}
		if best < last {
			pairs[best] = m.merges.find(symbols[best], symbols[best+1])
		}
	}
	return symbols[:last+1]
}

// longWord is the state of merging a word with a heap: n log n for n bytes.
type longWord struct {
	symbols []uint32 // noToken where the one on the left has swallowed it
	before  []int    // of each symbol, the index of its neighbours: -1 and the number of symbols at the ends
	behind  []int
	heap    []candidate
}

// candidate is a pair that merges, or that has merged or changed in the meantime.
type candidate struct {
	rank uint32
	left int // index of its left symbol
}

func (c candidate) less(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.left < d.left
}

var longWords = sync.Pool{New: func() any { return new(longWord) }}

// longestKept bounds the memory that an idle longWord holds on to, in symbols of 40 bytes or so.
const longestKept = 1 << 14

func (m *bpe) mergeLong(dst []int64, word string) []int64 {
	w := longWords.Get().(*longWord)
	w.symbols = m.appendSymbols(w.symbols[:0], word)
	w.link(m.merges)
	for len(w.heap) > 0 {
		top := w.pop()
		left := top.left
		right := w.neighbour(left)
		if right == len(w.symbols) {
			continue
		}
		merged := m.merges.find(w.symbols[left], w.symbols[right])
		if merged.rank != top.rank {
			continue // the pair is not what it was when it was put in
		}
		w.symbols[left], w.symbols[right] = merged.id, noToken
		w.unlink(left, right)
		if before := w.before[left]; before >= 0 {
			w.push(m.merges, before, left)
		}
		if behind := w.behind[left]; behind < len(w.symbols) {
			w.push(m.merges, left, behind)
		}
	}
	for _, id := range w.symbols {
		if id != noToken {
			dst = append(dst, int64(id))
		}
	}
	if cap(w.symbols) <= longestKept {
		longWords.Put(w)
	}
	return dst
}

// link makes each symbol the neighbour of the next, and puts in the pairs that merge.
func (w *longWord) link(merges *pairTable) {
	w.before, w.behind, w.heap = w.before[:0], w.behind[:0], w.heap[:0]
	for i := range w.symbols {
		w.before = append(w.before, i-1)
		w.behind = append(w.behind, i+1)
	}
	for i := 1; i < len(w.symbols); i++ {
		w.push(merges, i-1, i)
	}
}

// neighbour returns the symbol to the right of left; the number of symbols when there is none, or left itself is gone.
func (w *longWord) neighbour(left int) int {
	if w.symbols[left] == noToken {
		return len(w.symbols)
	}
	return w.behind[left]
}

// unlink takes right out of the chain.
func (w *longWord) unlink(left, right int) {
	behind := w.behind[right]
	w.behind[left] = behind
	if behind < len(w.symbols) {
		w.before[behind] = left
	}
}

func (w *longWord) push(merges *pairTable, left, right int) {
	rank := merges.find(w.symbols[left], w.symbols[right]).rank
	if rank == noRank {
		return
	}
	w.heap = append(w.heap, candidate{rank, left})
	for i := len(w.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !w.heap[i].less(w.heap[parent]) {
			return
		}
		w.heap[i], w.heap[parent] = w.heap[parent], w.heap[i]
		i = parent
	}
}

func (w *longWord) pop() candidate {
	top, last := w.heap[0], len(w.heap)-1
	w.heap[0] = w.heap[last]
	w.heap = w.heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if w.heap[child].less(w.heap[least]) {
				least = child
			}
		}
		if least == i {
			return top
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}
