package cli

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"os"

	"github.com/q2kernel/q2/gopkg/index"
)

// A batch of this size has paid for its sync.
const (
	batchItems = 4096
	batchBytes = 8 << 20
)

// itemBatch gathers items and writes them together.
type itemBatch struct {
	write  func(items ...index.Item) error
	items  []index.Item
	places []string // where in the input each is
	bytes  int
}

func newItemBatch(write func(items ...index.Item) error) *itemBatch { return &itemBatch{write: write} }

func (b *itemBatch) add(item index.Item, where string) error {
	b.items, b.places = append(b.items, item), append(b.places, where)
	b.bytes += len(item.Code) + len(item.Activation.Data) + len(item.Payload)
	if len(b.items) < batchItems && b.bytes < batchBytes {
		return nil
	}
	return b.flush()
}

func (b *itemBatch) flush() error {
	err := b.write(b.items...)
	var item *index.ItemError
	if errors.As(err, &item) {
		err = inPlace(b.places[item.Item], item.Err)
	}
	b.items, b.places, b.bytes = b.items[:0], b.places[:0], 0
	return err
}

// itemSpool holds items back in a temporary file. Its zero value is ready for use.
type itemSpool struct {
	file  *os.File
	out   *bufio.Writer
	items *gob.Encoder
	count int
}

type spooled struct {
	Item  index.Item
	Where string
}

func (s *itemSpool) add(item index.Item, where string) error {
	if s.file == nil {
		file, err := os.CreateTemp("", "q2-*.spool")
		if err != nil {
			return err
		}
		os.Remove(file.Name()) // where the system allows it: whatever ends the process, nothing stays behind
		s.file, s.out = file, bufio.NewWriterSize(file, 1<<18)
		s.items = gob.NewEncoder(s.out)
	}
	s.count++
	return s.items.Encode(spooled{item, where})
}

// each hands on everything that is held.
func (s *itemSpool) each(use func(item index.Item, where string) error) error {
	if s.file == nil {
		return nil
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for items := gob.NewDecoder(bufio.NewReaderSize(s.file, 1<<18)); ; {
		var next spooled
		err := items.Decode(&next)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = use(next.Item, next.Where)
		}
		if err != nil {
			return err
		}
	}
}

func (s *itemSpool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
