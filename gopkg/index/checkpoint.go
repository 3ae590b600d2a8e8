package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// checkpoint says of which segments the scan array consisted at a sequence number, and which of their slots were dead. Its file:
//
//	magic (8), n (4), slots of a full block (4), seq (8), number of segments (4)
//	of each: its number (8), its checksum (4), blocks with dead slots (4), and of each of those its place (4) and its marks (a bit a slot)
//	CRC-32C (4) of all that
type checkpoint struct {
	seq      uint64
	segments []checkpointSegment
}

type checkpointSegment struct {
	number uint64
	sum    uint32
	dead   bitmap
}

const checkpointMagic = "Q2CHECK\x01"

var errCheckpoint = errors.New("index: damaged checkpoint")

func (c checkpoint) encode(l layout) []byte {
	out := append([]byte(nil), checkpointMagic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(l.n))
	out = binary.LittleEndian.AppendUint32(out, uint32(l.slots))
	out = binary.LittleEndian.AppendUint64(out, c.seq)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(c.segments)))
	for _, s := range c.segments {
		out = binary.LittleEndian.AppendUint64(out, s.number)
		out = binary.LittleEndian.AppendUint32(out, s.sum)
		out = appendBitmap(out, s.dead)
	}
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

func appendBitmap(out []byte, b bitmap) []byte {
	marked := 0
	for _, marks := range b.blocks {
		if marks != nil {
			marked++
		}
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(marked))
	for at, marks := range b.blocks {
		if marks == nil {
			continue
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		for _, word := range marks.words {
			out = binary.LittleEndian.AppendUint64(out, word)
		}
	}
	return out
}

// decoder takes numbers off a file whose checksum was right; one that is cut short sets wrong.
type decoder struct {
	left  []byte
	wrong bool
}

func (d *decoder) take(size int) []byte {
	if len(d.left) < size {
		d.wrong = true
		return make([]byte, size)
	}
	taken := d.left[:size]
	d.left = d.left[size:]
	return taken
}

func (d *decoder) u32() uint32 { return binary.LittleEndian.Uint32(d.take(4)) }
func (d *decoder) u64() uint64 { return binary.LittleEndian.Uint64(d.take(8)) }

func decodeCheckpoint(raw []byte, l layout) (c checkpoint, err error) {
	body := len(raw) - 4
	if body < len(checkpointMagic) || string(raw[:len(checkpointMagic)]) != checkpointMagic ||
		crc32.Checksum(raw[:body], castagnoli) != binary.LittleEndian.Uint32(raw[body:]) {
		return c, fmt.Errorf("%w: its checksum is wrong", errCheckpoint)
	}
	d := &decoder{left: raw[len(checkpointMagic):body]}
	if n, slots := d.u32(), d.u32(); int(n) != l.n || int(slots) != l.slots {
		return c, fmt.Errorf("%w: %d dimensions in blocks of %d, where %d in blocks of %d are expected", errCheckpoint, n, slots, l.n, l.slots)
	}
	c.seq = d.u64()
	for range d.u32() {
		if d.wrong {
			break
		}
		c.segments = append(c.segments, checkpointSegment{d.u64(), d.u32(), d.bitmap(l)})
	}
	if d.wrong || len(d.left) != 0 {
		return c, fmt.Errorf("%w: its length is wrong", errCheckpoint)
	}
	return c, nil
}

func (d *decoder) bitmap(l layout) (b bitmap) {
	for range d.u32() {
		at := int(d.u32())
		if d.wrong || at > 1<<28 {
			d.wrong = true
			return b
		}
		marks := &blockBits{words: make([]uint64, l.slots/64)}
		for i := range marks.words {
			marks.words[i] = d.u64()
		}
		marks.count = countBits(marks.words)
		for len(b.blocks) <= at {
			b.blocks = append(b.blocks, nil)
		}
		b.blocks[at] = marks
		b.count += marks.count
	}
	return b
}

func readCheckpoint(dir string, l layout) (checkpoint, error) {
	raw, err := os.ReadFile(filepath.Join(dir, scanFolder, checkpointFile))
	if err != nil {
		return checkpoint{}, err
	}
	return decodeCheckpoint(raw, l)
}
