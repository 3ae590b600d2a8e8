package server

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/q2kernel/q2/gopkg/index"
)

type rangeAnswer struct {
	Points []entryAnswer `json:"points"`
	More   bool          `json:"more"` // there are more than the limit let through
}

const defaultLimit = 100

// window, prefix and bucket list points by key, then by id.
func (s *Server) window(w http.ResponseWriter, r *http.Request) error {
	return s.listRange(w, r, true, (*index.Index).Window)
}

func (s *Server) prefix(w http.ResponseWriter, r *http.Request) error {
	return s.listRange(w, r, true, (*index.Index).Prefix)
}

func (s *Server) bucket(w http.ResponseWriter, r *http.Request) error {
	return s.listRange(w, r, false, func(ix *index.Index, key uint64, _ int) iter.Seq2[index.Entry, error] { return ix.Bucket(key) })
}

func (s *Server) listRange(w http.ResponseWriter, r *http.Request, hasJ bool, of func(ix *index.Index, key uint64, j int) iter.Seq2[index.Entry, error]) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	asked, err := s.readRange(r.URL.RawQuery, hasJ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.QueueTimeout)
	defer cancel()
	if err := s.searches.enter(ctx); err != nil {
		return err
	}
	defer s.searches.leave()
	answer := rangeAnswer{Points: []entryAnswer{}}
	for entry, err := range of(ix, asked.key, asked.j) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if answer.More = len(answer.Points) == asked.limit; answer.More {
			break
		}
		answer.Points = append(answer.Points, newEntryAnswer(entry))
	}
	return send(w, http.StatusOK, &answer)
}

type rangeQuery struct {
	key      uint64
	j, limit int
}

// readRange reads a query string: a name once, and none that is not known.
func (s *Server) readRange(raw string, hasJ bool) (q rangeQuery, err error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, problem(http.StatusBadRequest, "invalid", "the query string can't be read")
	}
	names := []string{"key", "limit"}
	if hasJ {
		names = append(names, "j")
	}
	for name, list := range values {
		if !slices.Contains(names, name) {
			return q, problem(http.StatusBadRequest, "invalid", "query %s is not a parameter of this request", name).at("query " + name)
		}
		if len(list) != 1 {
			return q, invalid("query "+name, fmt.Sprintf("there %d times", len(list)), "there once")
		}
	}
	if q.key, err = parseKeyBits("query key", values.Get("key")); err != nil {
		return q, err
	}
	if q.limit, err = number(values, "limit", defaultLimit, s.config.MaxK); err != nil {
		return q, err
	}
	if hasJ {
		q.j, err = number(values, "j", 0, 32)
	}
	return q, err
}

// number is a parameter from 1 to most; without it, the one that stands for that, if it is not 0.
func number(values url.Values, name string, missing, most int) (int, error) {
	if !values.Has(name) && missing != 0 {
		return min(missing, most), nil
	}
	n, err := strconv.Atoi(values.Get(name))
	if err != nil || n < 1 || n > most {
		return 0, invalid("query "+name, fmt.Sprintf("%q", values.Get(name)), fmt.Sprintf("1 to %d", most))
	}
	return n, nil
}
