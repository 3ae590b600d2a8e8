package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// A segment is a file of codes in ascending order of id, written once:
//
//	blocks    as layout says, one after another, all full but the last
//	footer    of each block: its first id (8 bytes) and its CRC-32C (4)
//	trailer   magic (8), n (4), slots of a full block (4), slots (8), CRC-32C of footer and trailer so far (4), zero (4)
//
// Numbers are little-endian. Every byte is under a checksum.

const (
	segmentMagic    = "Q2SCAN\x00\x01"
	footerEntry     = 12
	segmentTrailer  = 32
	trailerUnsummed = 8 // the sum itself, and the zero
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is the file behind a part.
type segment struct {
	fs       fileSystem
	folder   string
	number   uint64
	sum      uint32 // of footer and trailer, so of all blocks
	memory   []byte
	unmap    func() error
	obsolete atomic.Bool // to be removed when nobody reads it any more
}

func segmentName(number uint64) string { return fmt.Sprintf("segment-%06d", number) }

func (s *segment) name() string { return segmentName(s.number) }

func (s *segment) close() {
	_ = s.unmap()
	if s.obsolete.Load() {
		_ = s.fs.Remove(filepath.Join(s.folder, s.name()))
	}
}

// segmentWriter writes a segment, a block at a time.
type segmentWriter struct {
	layout
	file    io.Writer
	memory  []byte
	block   block
	filled  int
	count   int
	last    uint64
	footer  []byte
	summary uint32
}

func newSegmentWriter(l layout, file io.Writer) *segmentWriter {
	w := &segmentWriter{layout: l, file: file, memory: alignedMemory(l.size(l.slots))}
	w.block = l.blockOf(w.memory, l.slots)
	return w
}

// add appends a code; ids rise.
func (w *segmentWriter) add(id, key uint64, code []byte) error {
	if w.count > 0 && id <= w.last {
		return fmt.Errorf("index: id %d after id %d in a segment", id, w.last)
	}
	w.block.put(w.filled, id, key, code)
	w.last = id
	w.count++
	w.filled++
	if w.filled == w.layout.slots {
		return w.flush()
	}
	return nil
}

func (w *segmentWriter) flush() error {
	memory := w.memory
	if w.filled < w.layout.slots {
		memory = make([]byte, w.size(w.filled))
		short := w.blockOf(memory, w.filled)
		copy(short.ids, w.block.ids)
		copy(short.keys, w.block.keys)
		copy(short.codes, w.block.codes)
	}
	if _, err := w.file.Write(memory); err != nil {
		return err
	}
	w.footer = binary.LittleEndian.AppendUint64(w.footer, w.block.ids.at(0))
	w.footer = binary.LittleEndian.AppendUint32(w.footer, crc32.Checksum(memory, castagnoli))
	w.filled = 0
	clear(w.memory)
	return nil
}

// finish writes what is left, and footer and trailer.
func (w *segmentWriter) finish() error {
	if w.filled > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	end := append(w.footer, segmentMagic...)
	end = binary.LittleEndian.AppendUint32(end, uint32(w.n))
	end = binary.LittleEndian.AppendUint32(end, uint32(w.layout.slots))
	end = binary.LittleEndian.AppendUint64(end, uint64(w.count))
	w.summary = crc32.Checksum(end, castagnoli)
	end = binary.LittleEndian.AppendUint32(end, w.summary)
	end = binary.LittleEndian.AppendUint32(end, 0)
	_, err := w.file.Write(end)
	return err
}

var errSegment = errors.New("index: damaged segment")

func segmentError(name, format string, values ...any) error {
	return fmt.Errorf("%w %s: %s", errSegment, name, fmt.Sprintf(format, values...))
}

// openSegment maps a segment and checks all of it, on so many cores.
func openSegment(fs fileSystem, folder string, number uint64, l layout, cores int) (partView, uint32, error) {
	name := segmentName(number)
	memory, unmap, err := mapFile(filepath.Join(folder, name))
	if errors.Is(err, os.ErrNotExist) {
		return partView{}, 0, segmentError(name, "it is missing")
	}
	if err != nil {
		return partView{}, 0, err
	}
	s := &segment{fs: fs, folder: folder, number: number, memory: memory, unmap: unmap}
	p, err := s.part(l)
	if err == nil {
		err = s.check(p, cores)
	}
	if err != nil {
		s.close()
		return partView{}, 0, err
	}
	return p, s.sum, nil
}

// part divides the mapped file as its trailer says.
func (s *segment) part(l layout) (partView, error) {
	size := len(s.memory)
	if size < segmentTrailer {
		return partView{}, segmentError(s.name(), "%d bytes are too few", size)
	}
	trailer := s.memory[size-segmentTrailer:]
	if string(trailer[:8]) != segmentMagic {
		return partView{}, segmentError(s.name(), "its trailer is not one")
	}
	n, slots := binary.LittleEndian.Uint32(trailer[8:]), binary.LittleEndian.Uint32(trailer[12:])
	count := binary.LittleEndian.Uint64(trailer[16:])
	if int(n) != l.n || int(slots) != l.slots || count == 0 || count > uint64(size) {
		return partView{}, segmentError(s.name(), "%d codes of %d dimensions in blocks of %d, where %d dimensions and blocks of %d are expected",
			count, n, slots, l.n, l.slots)
	}
	p := partView{part: &part{layout: l, segment: s}, count: int(count)}
	blocks := l.blocks(p.count)
	footer := (blocks-1)*l.size(l.slots) + l.size(p.inBlock(blocks-1))
	if footer+blocks*footerEntry+segmentTrailer != size {
		return partView{}, segmentError(s.name(), "%d bytes don't hold %d codes", size, count)
	}
	s.sum = binary.LittleEndian.Uint32(trailer[segmentTrailer-trailerUnsummed:])
	if zero := binary.LittleEndian.Uint32(trailer[segmentTrailer-4:]); zero != 0 ||
		s.sum != crc32.Checksum(s.memory[footer:size-trailerUnsummed], castagnoli) {
		return partView{}, segmentError(s.name(), "its footer's checksum is wrong")
	}
	for at := range blocks {
		p.first = append(p.first, binary.LittleEndian.Uint64(s.memory[footer+at*footerEntry:]))
		p.blocks = append(p.blocks, l.blockOf(s.block(p, at), p.inBlock(at)))
	}
	return p, nil
}

// block is the memory of a block.
func (s *segment) block(p partView, at int) []byte {
	begin := at * p.size(p.layout.slots)
	return s.memory[begin : begin+p.size(p.inBlock(at))]
}

// check holds every block against its checksum.
func (s *segment) check(p partView, cores int) error {
	footer := len(s.memory) - segmentTrailer - footerEntry*len(p.blocks)
	var next, wrong atomic.Int64
	wrong.Store(-1)
	var all sync.WaitGroup
	for range min(cores, len(p.blocks), runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for at := int(next.Add(1)) - 1; at < len(p.blocks); at = int(next.Add(1)) - 1 {
				sum := binary.LittleEndian.Uint32(s.memory[footer+at*footerEntry+8:])
				if crc32.Checksum(s.block(p, at), castagnoli) != sum {
					wrong.Store(int64(at))
				}
			}
		})
	}
	all.Wait()
	if at := wrong.Load(); at >= 0 {
		return segmentError(s.name(), "the checksum of block %d is wrong", at)
	}
	return nil
}
