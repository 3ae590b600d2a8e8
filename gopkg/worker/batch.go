package worker

import "slices"

// limits are what a batch may hold.
type limits struct {
	batch, tokens int
	padding       int // percent
	pads          bool
	paddedLength  func(longest int) int
}

// full: more requests would not fit into one batch.
func (l limits) full(queue []*request) bool {
	tokens := 0
	for i, r := range queue {
		if tokens += len(r.ids); tokens >= l.tokens || i+1 >= l.batch {
			return true
		}
	}
	return false
}

// choose takes the first request of the window, and of the others those nearest to it in length, while they fit. It returns them by length.
func (l limits) choose(window []*request) []*request {
	byLength := slices.Clone(window)
	slices.SortStableFunc(byLength, func(a, b *request) int { return len(a.ids) - len(b.ids) })
	first := slices.Index(byLength, window[0])
	g := growth{limits: l, from: first, to: first + 1, real: len(window[0].ids)}
	for g.grow(byLength) {
	}
	return byLength[g.from:g.to]
}

// growth is a batch in the making: neighbours in a list by length, with so many real tokens.
type growth struct {
	limits
	from, to, real int
}

// grow takes in the neighbour that adds less padding, or the other if only that fits.
func (g *growth) grow(list []*request) bool {
	longest, shorter, longer := len(list[g.to-1].ids), -1, -1
	if g.from > 0 {
		shorter = longest - len(list[g.from-1].ids)
	}
	if g.to < len(list) {
		longer = (len(list[g.to].ids) - longest) * (g.to - g.from)
	}
	if longer >= 0 && (shorter < 0 || longer <= shorter) {
		return g.take(list, g.from, g.to+1) || shorter >= 0 && g.take(list, g.from-1, g.to)
	}
	return shorter >= 0 && g.take(list, g.from-1, g.to) || longer >= 0 && g.take(list, g.from, g.to+1)
}

func (g *growth) take(list []*request, from, to int) bool {
	added := list[from]
	if from == g.from {
		added = list[to-1]
	}
	count, longest, real := to-from, len(list[to-1].ids), g.real+len(added.ids)
	padding := count*longest - real
	if count > g.batch || count*g.paddedLength(longest) > g.tokens || padding*100 > count*longest*g.padding || padding > 0 && !g.pads {
		return false
	}
	g.from, g.to, g.real = from, to, real
	return true
}
