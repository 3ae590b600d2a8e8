package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

type searchRequest struct {
	source  `json:",inline"`
	K       int           `json:"k"`
	Ranking string        `json:"ranking"` // dot, l1 or lee
	Rescore int           `json:"rescore"`
	Filter  filterRequest `json:"filter"`
	Payload bool          `json:"payload"` // give the payloads of hits
	Packed  bool          `json:"packed"`  // give their codes
}

type filterRequest struct {
	Keys    *keysRequest              `json:"keys"`
	IDs     []uint64                  `json:"ids"`
	Payload map[string]jsontext.Value `json:"payload"` // members that must be there with just this value
}

type keysRequest struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type searchAnswer struct {
	Ranking string       `json:"ranking"`
	Hits    []hitAnswer  `json:"hits"`
	Timing  searchTiming `json:"timing"`
}

// hitAnswer has a score where larger is nearer, or a distance.
type hitAnswer struct {
	ID       uint64         `json:"id"`
	Score    *float64       `json:"score,omitzero"`
	Distance *uint64        `json:"distance,omitzero"`
	Key      string         `json:"key"`
	Packed   []byte         `json:"packed,omitzero"`
	Payload  jsontext.Value `json:"payload,omitzero"`
}

// searchTiming is in seconds.
type searchTiming struct {
	Model float64 `json:"model"` // with the wait for it; 0 where there was no text
	Scan  float64 `json:"scan"`
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	asked := searchRequest{K: 10, Ranking: index.Dot.String(), Payload: true}
	if err := decode(r, &asked); err != nil {
		return err
	}
	options, err := s.searchOptions(&asked)
	if err != nil {
		return err
	}
	began := time.Now()
	query, err := s.query(r.Context(), &asked, ix, options)
	if err != nil {
		return err
	}
	answer := searchAnswer{Ranking: asked.Ranking}
	if asked.Text != nil {
		answer.Timing.Model = since(began)
	}
	hits, took, err := s.scan(r.Context(), ix, query, asked.K, options)
	if err != nil {
		return err
	}
	answer.Timing.Scan = took.Seconds()
	answer.Hits = make([]hitAnswer, len(hits))
	for i, hit := range hits {
		answer.Hits[i] = newHitAnswer(hit, options, &asked)
	}
	return send(w, http.StatusOK, &answer)
}

// searchOptions are what was asked for, within the limits.
func (s *Server) searchOptions(asked *searchRequest) (o index.SearchOptions, err error) {
	if asked.K < 1 || asked.K > s.config.MaxK {
		return o, broken(http.StatusBadRequest, "limit", "/k", asked.K, fmt.Sprintf("1 to %d", s.config.MaxK))
	}
	if asked.Rescore < 0 || asked.Rescore > s.config.MaxK {
		return o, broken(http.StatusBadRequest, "limit", "/rescore", asked.Rescore, fmt.Sprintf("0 to %d", s.config.MaxK))
	}
	if o.Ranking, err = index.ParseRanking(asked.Ranking); err != nil {
		return o, problemOf(err, "/ranking")
	}
	o.Rescore, o.Bare = asked.Rescore, !asked.Payload && !asked.Packed
	return o, s.filter(&o, &asked.Filter)
}

func (s *Server) filter(o *index.SearchOptions, f *filterRequest) error {
	if f.IDs != nil {
		if err := s.checkIDs("/filter/ids", f.IDs); err != nil {
			return err
		}
		o.IDs = f.IDs
	}
	if f.Keys != nil {
		from, err := parseKeyBits("/filter/keys/from", f.Keys.From)
		if err != nil {
			return err
		}
		to, err := parseKeyBits("/filter/keys/to", f.Keys.To)
		if err != nil {
			return err
		}
		o.Keys = &index.KeyRange{From: from, To: to}
	}
	if f.Payload != nil {
		where, err := payloadFilter(f.Payload)
		if err != nil {
			return err
		}
		o.Where = where
	}
	return nil
}

// payloadFilter passes payloads that have all of the members, by value: 1 and 1.0 are equal, and the order of an object's members is none.
func payloadFilter(want map[string]jsontext.Value) (func(uint64, []byte) bool, error) {
	for name, value := range want {
		if err := value.Canonicalize(); err != nil {
			return nil, err
		}
		want[name] = value
	}
	return func(_ uint64, payload []byte) bool {
		have := map[string]jsontext.Value{}
		if len(payload) == 0 || json.Unmarshal(payload, &have) != nil {
			return len(want) == 0
		}
		for name, value := range want {
			got := have[name]
			if got == nil || got.Canonicalize() != nil || string(got) != string(value) {
				return false
			}
		}
		return true
	}, nil
}

func parseKeyBits(field, text string) (uint64, error) {
	bits, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) != 16 {
		return 0, invalid(field, fmt.Sprintf("%q", text), "16 hex digits")
	}
	return bits, nil
}

// query makes what is looked for of a text, an activation or a code. A text is taken by its activation where the ranking or the rescoring makes
// use of one, and else by its code.
func (s *Server) query(ctx context.Context, asked *searchRequest, ix *index.Index, o index.SearchOptions) (q index.Query, err error) {
	if err := asked.check("", ix.N()); err != nil {
		return q, err
	}
	switch {
	case asked.Code != nil:
		return index.Query{Code: asked.Code}, nil
	case asked.Activation != nil:
		return index.Query{Activation: q2.Float32Row(asked.Activation)}, nil
	}
	callOf(ctx).texts = []string{*asked.Text}
	it, err := s.text("", *asked.Text, ix.N())
	if err != nil {
		return q, err
	}
	if err := s.spend(ctx, []item{it}); err != nil {
		return q, err
	}
	if o.Ranking != index.Dot && o.Rescore == 0 {
		f, err := s.engine.fingerprint(ctx, it.ids)
		if err != nil {
			return q, problemOf(err, it.field)
		}
		return index.Query{Code: f.Packed}, nil
	}
	seen, err := s.engine.look(ctx, it.ids)
	if err != nil {
		return q, problemOf(err, it.field)
	}
	return index.Query{Activation: q2.Float32Row(seen.activation)}, nil
}

// scan waits for a turn and searches. It may share the scan with others, but for filters, which are its own, and rescoring, which costs more than a scan.
func (s *Server) scan(ctx context.Context, ix *index.Index, q index.Query, k int, o index.SearchOptions) ([]index.Hit, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.QueueTimeout)
	defer cancel()
	var found scanned
	if o.Keys == nil && o.IDs == nil && o.Where == nil && o.Rescore == 0 {
		found = s.searches.search(ctx, scanKind{ix, o.Ranking, k, o.Bare}, q)
	} else {
		found = s.scanAlone(ctx, ix, q, k, o)
	}
	if found.err != nil {
		return nil, found.took, problemOf(found.err, "the query")
	}
	return found.hits, found.took, nil
}

func (s *Server) scanAlone(ctx context.Context, ix *index.Index, q index.Query, k int, o index.SearchOptions) (a scanned) {
	if a.err = s.searches.enter(ctx); a.err != nil {
		return a
	}
	defer s.searches.leave()
	began := time.Now()
	a.hits, a.err = ix.Search(ctx, q, k, o)
	a.took = time.Since(began)
	s.metrics.scanned(o.Ranking.String(), 1, a.took)
	return a
}

func newHitAnswer(hit index.Hit, o index.SearchOptions, asked *searchRequest) hitAnswer {
	a := hitAnswer{ID: hit.ID, Key: hit.Key.Hex()}
	if o.Ranking == index.Dot || o.Rescore > 0 {
		a.Score = &hit.Score
	} else {
		distance := uint64(hit.Score)
		a.Distance = &distance
	}
	if asked.Payload {
		a.Payload = payloadOf(hit.Entry)
	}
	if asked.Packed {
		a.Packed = hit.Code
	}
	return a
}
