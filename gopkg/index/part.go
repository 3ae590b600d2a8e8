package index

import (
	"sort"
	"sync/atomic"
)

// part is a piece of the scan array: a segment, which is a mapped file with its ids in ascending order, or codes in memory, in the order in which they
// were written. What a view has seen of it never changes; one in memory grows behind that.
type part struct {
	layout
	segment *segment          // nil in memory
	first   []uint64          // the first id of each block of a segment
	slots   map[uint64]uint32 // in memory: the last slot of an id; the writer's own
	refs    atomic.Int64      // views that have it
}

// partView is a part as a view sees it.
type partView struct {
	*part
	blocks []block
	count  int    // slots
	dead   bitmap // slots that were deleted or written anew
}

func (p partView) live() int { return p.count - p.dead.count }

// inBlock is how many slots a block has.
func (p partView) inBlock(at int) int { return min(p.layout.slots, p.count-at*p.layout.slots) }

// find is the live slot of an id. Only the writer may ask: it reads the map of a part in memory.
func (p partView) find(id uint64) (slot int, found bool) {
	if p.segment != nil {
		slot, found = p.search(id)
	} else {
		var last uint32
		last, found = p.part.slots[id]
		slot = int(last)
	}
	return slot, found && slot < p.count && !p.dead.has(slot, p.layout.slots)
}

// search is the slot of an id in a segment, live or not.
func (p partView) search(id uint64) (slot int, found bool) {
	at := sort.Search(len(p.first), func(i int) bool { return p.first[i] > id }) - 1
	if at < 0 {
		return 0, false
	}
	ids := p.blocks[at].ids
	place := ids.search(id)
	return at*p.layout.slots + place, place < len(ids)/8 && ids.at(place) == id
}

func (p partView) id(slot int) uint64 {
	return p.blocks[slot/p.layout.slots].ids.at(slot % p.layout.slots)
}

func (p partView) key(slot int) uint64 {
	return p.blocks[slot/p.layout.slots].keys.at(slot % p.layout.slots)
}

func newMemoryPart(l layout) partView {
	return partView{part: &part{layout: l, slots: map[uint64]uint32{}}}
}

// add appends to a part in memory. Views that exist don't see it.
func (p *partView) add(id, key uint64, code []byte) {
	at := p.count % p.layout.slots
	if at == 0 {
		p.blocks = append(p.blocks, p.blockOf(alignedMemory(p.size(p.layout.slots)), p.layout.slots))
	}
	p.blocks[len(p.blocks)-1].put(at, id, key, code)
	p.part.slots[id] = uint32(p.count)
	p.count++
}

// release gives a part up; the last view to do so closes its file.
func (p *part) release() {
	if p.refs.Add(-1) == 0 && p.segment != nil {
		p.segment.close()
	}
}
