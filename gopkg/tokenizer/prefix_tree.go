package tokenizer

import "math/bits"

// maxTreeNodes is the room for a node's number beside a byte in an edge's 32-bit name.
const maxTreeNodes = 1 << 24

// prefixTree maps strings to ids and finds the longest of them that a text begins with in one walk over that text. Its edges
// live in one open-addressed table, so a step is a multiplication and, nearly always, one load.
type prefixTree struct {
	edges []treeEdge // power of two, at most half full
	shift int
	ids   []int64 // of each node; noID where no string ends
}

type treeEdge struct {
	name uint32 // node the edge leaves << 8 | byte
	to   uint32 // node it leads to; 0, the root, marks a free place
}

const noID = -1

// root of the tree, where a walk begins.
const root uint32 = 0

func newPrefixTree() *prefixTree {
	t := &prefixTree{ids: []int64{noID}}
	t.resize(1 << 10)
	return t
}

// add puts a string in. It returns false when the tree is full.
func (t *prefixTree) add(key string, id int64) bool {
	node := root
	for i := range len(key) {
		place := t.place(node, key[i])
		if t.edges[place].to == 0 {
			if len(t.ids) == maxTreeNodes {
				return false
			}
			t.edges[place] = treeEdge{node<<8 | uint32(key[i]), uint32(len(t.ids))}
			t.ids = append(t.ids, noID)
			node = uint32(len(t.ids) - 1)
			if len(t.ids)*2 > len(t.edges) {
				t.resize(len(t.edges) * 2)
			}
			continue
		}
		node = t.edges[place].to
	}
	t.ids[node] = id
	return true
}

func (t *prefixTree) resize(size int) {
	old := t.edges
	t.edges = make([]treeEdge, size)
	t.shift = 32 - bits.TrailingZeros(uint(size))
	for _, e := range old {
		if e.to != 0 {
			t.edges[t.place(e.name>>8, byte(e.name))] = e
		}
	}
}

// place of an edge in the table: where it is, or the free place where it would be.
func (t *prefixTree) place(node uint32, b byte) uint32 {
	name := node<<8 | uint32(b)
	mask := uint32(len(t.edges) - 1)
	for i := name * 0x9e3779b1 >> t.shift; ; i++ {
		e := &t.edges[i&mask]
		if e.to == 0 || e.name == name {
			return i & mask
		}
	}
}

// walk follows a string from the root. It returns false when nothing in the tree begins with it.
func (t *prefixTree) walk(key string) (node uint32, found bool) {
	for i := range len(key) {
		node = t.edges[t.place(node, key[i])].to
		if node == 0 {
			return 0, false
		}
	}
	return node, true
}

// longest finds the longest string that, from the given node on, text begins with. Its length is 0 when there is none; the
// string that ends at the node itself does not count.
func (t *prefixTree) longest(node uint32, text string) (id int64, length int) {
	for i := range len(text) {
		node = t.edges[t.place(node, text[i])].to
		if node == 0 {
			break
		}
		if t.ids[node] != noID {
			id, length = t.ids[node], i+1
		}
	}
	return id, length
}
