package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/q2kernel/q2/gopkg/q2"
)

const (
	streamType = "application/octet-stream"
	linesType  = "application/x-ndjson"

	dtypeHeader   = "Q2-Dtype"
	shapeHeader   = "Q2-Shape"
	refusedHeader = "Q2-Refused-Rows" // a trailer
)

// chunkBytes is about how much of a stream is in memory, twice over with its results.
const chunkBytes = 256 << 10

// shape is what the headers say of a stream: rows of n elements, -1 rows as many as come.
type shape struct {
	rows, n int
	dtype   q2.Dtype
}

func readShape(h http.Header) (s shape, err error) {
	if s.dtype, err = q2.ParseDtype(h.Get(dtypeHeader)); err != nil {
		return s, invalid("header "+dtypeHeader, fmt.Sprintf("%q", h.Get(dtypeHeader)), "fp32, fp16, bf16, q8 or q4")
	}
	if s.dtype == q2.Q2 {
		return s, invalid("header "+dtypeHeader, `"q2"`, "fp32, fp16, bf16, q8 or q4")
	}
	text := h.Get(shapeHeader)
	rows, n, found := strings.Cut(text, ",")
	wrong := invalid("header "+shapeHeader, fmt.Sprintf("%q", text), "ROWS,N: how many rows, or * for as many as come, and 1 to "+strconv.Itoa(q2.MaxDim)+" elements a row, an even number for q4")
	if s.n, err = strconv.Atoi(strings.TrimSpace(n)); !found || err != nil || s.dtype.RowBytes(s.n) == 0 {
		return s, wrong
	}
	if s.rows = -1; strings.TrimSpace(rows) == "*" {
		return s, nil
	}
	if s.rows, err = strconv.Atoi(strings.TrimSpace(rows)); err != nil || s.rows < 1 {
		return s, wrong
	}
	return s, nil
}

// check holds a stream against the limit on its length, and its length against its shape where both are known.
func (s shape) check(length, most int64) error {
	size := int64(s.dtype.RowBytes(s.n))
	if s.rows > 0 && int64(s.rows) > most/size {
		return broken(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body, %d rows of %d bytes,", s.rows, size), "longer", fmt.Sprintf("at most %d bytes", most)).at("header " + shapeHeader)
	}
	if s.rows > 0 && length >= 0 && length != int64(s.rows)*size {
		return invalid("the length of the body", fmt.Sprintf("%d bytes", length), fmt.Sprintf("%d bytes, %d rows of %d", int64(s.rows)*size, s.rows, size)).at("header " + shapeHeader)
	}
	return nil
}

// quantiseStream codes rows as they come, a chunk at a time, and sends the results of each before it reads the next: lines of JSON, or the bare codes
// if the client accepts those. A refused row is a line with an error, or a code of zeros; the trailer Q2-Refused-Rows counts them.
func (s *Server) quantiseStream(w http.ResponseWriter, r *http.Request) error {
	shape, err := readShape(r.Header)
	if err != nil {
		return err
	}
	if err := shape.check(r.ContentLength, s.config.MaxStream); err != nil {
		return err
	}
	out, kind, err := newRowWriter(r.Header.Get("Accept"))
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/2 has it anyway
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Trailer", refusedHeader)
	h.Set("X-Content-Type-Options", "nosniff")
	body := bufio.NewReaderSize(http.MaxBytesReader(unwrapped(w), r.Body, s.config.MaxStream), 64<<10)
	refused, err := shape.stream(body, func(first int, chunk q2.RowResults, count int) error {
		if err := out(w, first, count, chunk); err != nil {
			return &Problem{Status: statusGone, Code: "gone", Detail: "the client stopped reading", cause: err}
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.Set(refusedHeader, strconv.Itoa(refused))
	return nil
}

// stream reads, codes and hands on chunk after chunk.
func (s shape) stream(body io.Reader, use func(first int, chunk q2.RowResults, count int) error) (refused int, err error) {
	size, code := s.dtype.RowBytes(s.n), q2.PackedLen(s.n)
	most := max(1, chunkBytes/size)
	if s.rows > 0 {
		most = min(most, s.rows)
	}
	rows := make([]byte, most*size)
	results := q2.RowResults{Packed: make([]byte, most*code), Keys: make([]uint64, most), Transitions: make([]uint32, most), Status: make([]q2.Status, most)}
	for first := 0; s.rows < 0 || first < s.rows; {
		want := most
		if s.rows > 0 {
			want = min(most, s.rows-first)
		}
		count, last, err := s.read(body, rows[:want*size], first)
		if err != nil {
			return refused, err
		}
		if count > 0 {
			missed, err := quantiseChunk(results, q2.Rows{Data: rows, Dtype: s.dtype, Count: count, N: s.n})
			if err != nil {
				return refused, err
			}
			refused += missed
			if err := use(first, results, count); err != nil {
				return refused, err
			}
		}
		if first += count; last {
			break
		}
	}
	return refused, s.ended(body)
}

// read fills rows as far as the body goes.
func (s shape) read(body io.Reader, rows []byte, first int) (count int, last bool, err error) {
	size := s.dtype.RowBytes(s.n)
	got, err := io.ReadFull(body, rows)
	last = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		return 0, false, problemOfBody(err)
	}
	if got%size != 0 || last && s.rows > 0 {
		return 0, last, problem(http.StatusBadRequest, "invalid", "the body ends within row %d, which needs %d bytes", first+got/size, size).at("body")
	}
	return got / size, last, nil
}

// ended makes sure that nothing follows the last row.
func (s shape) ended(body io.Reader) error {
	switch n, err := body.Read(make([]byte, 1)); {
	case n > 0:
		return problem(http.StatusBadRequest, "invalid", "the body goes on after %d rows, as many as %s says", s.rows, shapeHeader).at("body")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return problemOfBody(err)
	}
}

func quantiseChunk(dst q2.RowResults, rows q2.Rows) (refused int, err error) {
	err = q2.QuantiseRows(dst, rows)
	if some, ok := errors.AsType[*q2.RefusedRowsError](err); ok {
		return some.Refused, nil
	}
	return 0, err
}

// rowWriter sends the results of count rows from first on.
type rowWriter func(w io.Writer, first, count int, results q2.RowResults) error

func newRowWriter(accept string) (write rowWriter, kind string, err error) {
	for _, one := range strings.Split(accept, ",") {
		one, _, _ = strings.Cut(one, ";")
		switch strings.TrimSpace(one) {
		case streamType:
			return writeCodes, streamType, nil
		case "", "*/*", "application/*", linesType:
			return writeLines, linesType, nil
		}
	}
	return nil, "", broken(http.StatusNotAcceptable, "accept", "header Accept", fmt.Sprintf("%q", accept), linesType+" or "+streamType)
}

func writeCodes(w io.Writer, _, count int, results q2.RowResults) error {
	size := len(results.Packed) / len(results.Keys)
	_, err := w.Write(results.Packed[:count*size])
	return err
}

func writeLines(w io.Writer, first, count int, results q2.RowResults) error {
	size := len(results.Packed) / len(results.Keys)
	var lines []byte
	for i := range count {
		line := rowAnswer{Row: first + i, Error: "not_finite"}
		if results.Status[i] == q2.StatusOK {
			key := q2.TransitionKey{Bits: results.Keys[i], Transitions: results.Transitions[i]}
			line = newRowAnswer(first+i, q2.Fingerprint{Packed: results.Packed[i*size : (i+1)*size], Key: key})
		}
		text, err := json.Marshal(&line)
		if err != nil {
			return err
		}
		lines = append(append(lines, text...), '\n')
	}
	_, err := w.Write(lines)
	return err
}
