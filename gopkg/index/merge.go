package index

import (
	"cmp"
	"slices"
)

// cursor walks over the live codes of a part in ascending order of id.
type cursor struct {
	partView
	order []uint32 // of a part in memory: its live slots by id
	at    int
	id    uint64
}

func newCursor(p partView) *cursor {
	c := &cursor{partView: p, at: -1}
	if p.segment == nil {
		c.order = make([]uint32, 0, p.live())
		for slot := range p.count {
			if !p.dead.has(slot, p.layout.slots) {
				c.order = append(c.order, uint32(slot))
			}
		}
		slices.SortFunc(c.order, func(a, b uint32) int { return cmp.Compare(p.id(int(a)), p.id(int(b))) })
	}
	return c
}

// next moves on to the next live code and says whether there is one.
func (c *cursor) next() bool {
	c.at++
	if c.segment == nil {
		if c.at == len(c.order) {
			return false
		}
	} else {
		for c.at < c.count && c.dead.has(c.at, c.layout.slots) {
			c.at++
		}
		if c.at == c.count {
			return false
		}
	}
	c.id = c.partView.id(c.slot())
	return true
}

func (c *cursor) slot() int {
	if c.segment == nil {
		return int(c.order[c.at])
	}
	return c.at
}

func (c *cursor) use(add func(id, key uint64, code []byte) error) error {
	slot := c.slot()
	b := c.blocks[slot/c.layout.slots]
	at := slot % c.layout.slots
	return add(c.id, b.keys.at(at), b.code(at, c.codeLen))
}

// mergeParts hands on the live codes of all parts in ascending order of id. No id is live in two of them.
func mergeParts(parts []partView, add func(id, key uint64, code []byte) error) error {
	var open []*cursor
	for _, p := range parts {
		if c := newCursor(p); c.next() {
			open = append(open, c)
		}
	}
	for len(open) > 0 {
		least, limit := 0, uint64(1<<64-1) // a cursor stays the least until it passes all others
		for i, c := range open {
			if c.id < open[least].id {
				least = i
			}
		}
		for i, c := range open {
			if i != least {
				limit = min(limit, c.id)
			}
		}
		c, more := open[least], true
		for more && c.id <= limit {
			if err := c.use(add); err != nil {
				return err
			}
			more = c.next()
		}
		if !more {
			open = slices.Delete(open, least, least+1)
		}
	}
	return nil
}
