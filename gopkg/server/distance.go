package server

import (
	"fmt"
	"net/http"

	"github.com/q2kernel/q2/gopkg/q2"
)

type distanceRequest struct {
	N      int      `json:"n"`
	A      []byte   `json:"a"`
	B      [][]byte `json:"b"`
	Metric string   `json:"metric"` // lee where it is empty
}

type distanceAnswer struct {
	Metric    string   `json:"metric"`
	Distances []uint32 `json:"distances"`
}

// metrics are the distances of one code to many.
var metrics = map[string]func(distances []uint32, query []byte, codes q2.Codes) error{
	"lee": q2.LeeDistances,
	"l1":  q2.L1Distances,
}

func (s *Server) distance(w http.ResponseWriter, r *http.Request) error {
	asked := distanceRequest{Metric: "lee"}
	if err := decode(r, &asked); err != nil {
		return err
	}
	measure, known := metrics[asked.Metric]
	if !known {
		return invalid("/metric", fmt.Sprintf("%q", asked.Metric), oneOf(metrics))
	}
	if len(asked.B) == 0 || len(asked.B) > s.config.MaxPoints {
		return broken(http.StatusBadRequest, "limit", "the number of codes in b", len(asked.B), fmt.Sprintf("1 to %d", s.config.MaxPoints)).at("/b")
	}
	size, err := packedLen("/n", asked.N)
	if err != nil {
		return err
	}
	codes := make([]byte, 0, size*len(asked.B))
	for i, code := range append([][]byte{asked.A}, asked.B...) {
		field := "/a"
		if i > 0 {
			field = fmt.Sprintf("/b/%d", i-1)
		}
		if err := checkCode(field, code, size); err != nil {
			return err
		}
		if i > 0 {
			codes = append(codes, code...)
		}
	}
	answer := distanceAnswer{asked.Metric, make([]uint32, len(asked.B))}
	if err := measure(answer.Distances, asked.A, q2.Codes{Data: codes, Count: len(asked.B), N: asked.N}); err != nil {
		return err
	}
	return send(w, http.StatusOK, &answer)
}

// packedLen is the length of a code of n dimensions.
func packedLen(field string, n int) (int, error) {
	size := q2.PackedLen(n)
	if size == 0 {
		return 0, invalid(field, n, fmt.Sprintf("1 to %d", q2.MaxDim))
	}
	return size, nil
}

func checkCode(field string, code []byte, size int) error {
	if len(code) != size {
		return invalid("the length of "+field, fmt.Sprintf("%d bytes", len(code)), fmt.Sprintf("%d bytes", size)).at(field)
	}
	return nil
}
