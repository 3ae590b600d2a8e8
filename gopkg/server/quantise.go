package server

import (
	"fmt"
	"mime"
	"net/http"

	"github.com/q2kernel/q2/gopkg/q2"
)

type quantiseRequest struct {
	Rows [][]float32 `json:"rows"`
}

type quantiseAnswer struct {
	N    int         `json:"n"`
	Rows []rowAnswer `json:"rows"`
}

// rowAnswer is what became of a row: also a line of a stream.
type rowAnswer struct {
	Row         int    `json:"row"`
	Packed      []byte `json:"packed,omitzero"`
	Key         string `json:"key,omitzero"`
	Symbols     string `json:"symbols,omitzero"`
	Transitions uint32 `json:"transitions,omitzero"`
	Error       string `json:"error,omitzero"` // not_finite: the row has no norm
}

// quantise takes JSON rows, all of them or none, or a stream of raw ones.
func (s *Server) quantise(w http.ResponseWriter, r *http.Request) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == streamType {
		return s.quantiseStream(w, r)
	}
	if err := checkType(r, "application/json", streamType); err != nil {
		return err
	}
	if err := limitBody(w, r, s.config.MaxBody); err != nil {
		return err
	}
	var asked quantiseRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	if len(asked.Rows) == 0 || len(asked.Rows) > s.config.MaxPoints {
		return broken(http.StatusBadRequest, "limit", "the number of rows", len(asked.Rows), fmt.Sprintf("1 to %d", s.config.MaxPoints)).at("/rows")
	}
	answer := quantiseAnswer{N: len(asked.Rows[0]), Rows: make([]rowAnswer, len(asked.Rows))}
	for i, row := range asked.Rows {
		f, err := quantiseFloats(fmt.Sprintf("/rows/%d", i), row, len(asked.Rows[0]))
		if err != nil {
			return err
		}
		answer.Rows[i] = newRowAnswer(i, f)
	}
	return send(w, http.StatusOK, &answer)
}

func newRowAnswer(row int, f q2.Fingerprint) rowAnswer {
	return rowAnswer{Row: row, Packed: f.Packed, Key: f.Key.Hex(), Symbols: f.Key.Symbols(), Transitions: f.Key.Transitions}
}

// quantiseFloats is the code of a row that must have n elements.
func quantiseFloats(field string, row []float32, n int) (f q2.Fingerprint, err error) {
	size, err := packedLen("the length of "+field, len(row))
	if err != nil {
		return f, err
	}
	if len(row) != n {
		return f, invalid("the length of "+field, len(row), fmt.Sprint(n)).at(field)
	}
	f = q2.Fingerprint{Packed: make([]byte, size), N: n}
	if f.Key, err = q2.Quantise(f.Packed, q2.Float32Row(row)); err != nil {
		return f, problemOf(err, field)
	}
	return f, nil
}
