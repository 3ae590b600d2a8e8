package rows

import (
	"errors"
	"fmt"
	"io"
)

// Reader hands out the rows of a file, of each sequence the last, in order.
type Reader struct {
	Layout
	r      io.Reader
	offset int64 // where the rows begin
	read   int64 // bytes of rows read or skipped
	done   int64 // sequences handed out
}

// Open reads what a file says about itself and checks it against the request and, when size isn't negative, against the file's
// size: too short, too long and empty files are refused before any row is read. If r is an io.Seeker and the size is known, rows
// that don't count are skipped by seeking.
func Open(r io.Reader, size int64, ask Request) (*Reader, error) {
	if ask.Format == Raw {
		l, err := rawLayout(size, ask)
		if err == nil && l.Count == 0 {
			err = errEmpty
		}
		if err != nil {
			return nil, err
		}
		return newReader(r, size, l, 0), nil
	}
	if size == 0 {
		return nil, errEmpty
	}
	l, offset, err := npyLayout(r, ask)
	if err != nil {
		return nil, err
	}
	if _, err := l.sequenceBytes(); err != nil {
		return nil, err
	}
	if size >= 0 {
		if err := l.checkSize(size - offset); err != nil {
			return nil, err
		}
	}
	return newReader(r, size, l, offset), nil
}

var errEmpty = errors.New("the input is empty")

// streamOnly hides a Seek method that must not be used.
type streamOnly struct{ io.Reader }

func newReader(r io.Reader, size int64, l Layout, offset int64) *Reader {
	if size < 0 {
		r = streamOnly{r}
	}
	return &Reader{Layout: l, r: r, offset: offset}
}

// checkSize compares the bytes after a .npy header with those that its shape asks for.
func (l Layout) checkSize(have int64) error {
	want, err := l.totalBytes()
	if err != nil {
		return err
	}
	if have < want {
		return truncated(have, want)
	}
	if have > want {
		return fmt.Errorf("%d bytes follow the array's %d", have-want, want)
	}
	return nil
}

func (l Layout) totalBytes() (int64, error) {
	unit := int64(l.SeqLen) * int64(l.RowBytes())
	if l.Count > (1<<63-1)/unit {
		return 0, fmt.Errorf("the array's %d rows of %d bytes pass 2^63 bytes", l.Count, l.RowBytes())
	}
	return l.Count * unit, nil
}

func truncated(have, want int64) error {
	return fmt.Errorf("truncated: the array has %d bytes, the file holds %d of them: %d are missing", want, have, want-have)
}

// Next fills dst with as many rows as fit and are left, and returns how many. At the end of a whole file it returns 0 and io.EOF.
// A file that ends inside a row or before the last one, or doesn't end after it, is an error.
func (r *Reader) Next(dst []byte) (int, error) {
	size := r.RowBytes()
	if r.SeqLen == 1 {
		return r.nextRows(dst[:len(dst)/size*size])
	}
	rows := 0
	for ; rows < len(dst)/size && r.done != r.Count; rows++ {
		err := r.skip(int64(r.SeqLen-1) * int64(size))
		if err == nil {
			err = r.fill(dst[rows*size : (rows+1)*size])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		r.done++
	}
	return rows, r.end(rows)
}

// nextRows reads rows that lie one after another.
func (r *Reader) nextRows(dst []byte) (int, error) {
	size := r.RowBytes()
	if r.Count >= 0 {
		dst = dst[:min(int64(len(dst)/size), r.Count-r.done)*int64(size)]
	}
	n, err := io.ReadFull(r.r, dst)
	r.read += int64(n)
	rows := n / size
	r.done += int64(rows)
	if short := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !short {
		return 0, err
	} else if short && (r.Count >= 0 || n%size != 0) {
		return 0, r.ended()
	}
	return rows, r.end(rows)
}

// end turns "no rows left" into io.EOF, once nothing follows the rows.
func (r *Reader) end(rows int) error {
	if rows > 0 {
		return nil
	}
	if r.done == 0 {
		return errEmpty
	}
	if r.Count < 0 {
		return io.EOF
	}
	var next [1]byte
	if n, err := io.ReadFull(r.r, next[:]); n == 0 {
		return err
	}
	return fmt.Errorf("more bytes follow the array's %d", r.read)
}

// fill reads one row. At the very end of a sequence it returns io.EOF.
func (r *Reader) fill(dst []byte) error {
	n, err := io.ReadFull(r.r, dst)
	r.read += int64(n)
	return r.shortened(err)
}

// skip passes over the rows of a sequence that don't count.
func (r *Reader) skip(length int64) error {
	if seeker, ok := r.r.(io.Seeker); ok {
		_, err := seeker.Seek(length, io.SeekCurrent)
		r.read += length
		return err
	}
	n, err := io.CopyN(io.Discard, r.r, length)
	r.read += n
	return r.shortened(err)
}

// shortened gives an early end its message; an end between two sequences of a file of unknown length stays io.EOF.
func (r *Reader) shortened(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	unit := int64(r.SeqLen) * int64(r.RowBytes())
	if r.Count < 0 && r.read%unit == 0 {
		return io.EOF
	}
	return r.ended()
}

// ended says what a file lacks that ended early.
func (r *Reader) ended() error {
	if r.Count < 0 {
		return r.fraction(r.read)
	}
	want, err := r.totalBytes()
	if err != nil {
		return err
	}
	return truncated(r.read, want)
}

// Consumed is the number of the file's bytes read or skipped so far, for a progress bar.
func (r *Reader) Consumed() int64 { return r.offset + r.read }
