package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// source is what a code is made of: one of the three.
type source struct {
	Text       *string   `json:"text"`
	Activation []float32 `json:"activation"`
	Code       []byte    `json:"code"`
}

type pointRequest struct {
	ID      *uint64 `json:"id"`
	source  `json:",inline"`
	Payload jsontext.Value `json:"payload"`
}

type pointsRequest struct {
	Points []pointRequest `json:"points"`
}

type pointsAnswer struct {
	Upserted int `json:"upserted"`
}

// check says whether a source can be used for n dimensions.
func (c source) check(field string, n int) error {
	given := 0
	for _, there := range []bool{c.Text != nil, c.Activation != nil, c.Code != nil} {
		if there {
			given++
		}
	}
	if given != 1 {
		return problem(http.StatusBadRequest, "invalid", "%s has %d of text, activation and code, must have exactly one", field, given).at(field)
	}
	if c.Activation != nil && len(c.Activation) != n {
		return invalid("the length of "+field+"/activation", len(c.Activation), fmt.Sprint(n)).at(field + "/activation")
	}
	if c.Code != nil {
		return checkCode(field+"/code", c.Code, q2.PackedLen(n))
	}
	return nil
}

// text makes token ids of a source's text, for a collection of n dimensions.
func (s *Server) text(field, text string, n int) (it item, err error) {
	it.field = field + "/text"
	if n != s.engine.Runner.N() {
		return it, problem(http.StatusBadRequest, "invalid", "%s can't be a text: the collection has n %d, and the model %d", field, n, s.engine.Runner.N()).at(it.field)
	}
	if it.ids, it.cut, err = s.engine.tokens(text); err == nil {
		err = s.engine.Runner.Check(it.ids)
	}
	if err != nil {
		return it, problemOf(err, it.field)
	}
	return it, nil
}

// upsertPoints writes all points or none, and answers when they are on the disk.
func (s *Server) upsertPoints(w http.ResponseWriter, r *http.Request) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	var asked pointsRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	if len(asked.Points) == 0 || len(asked.Points) > s.config.MaxPoints {
		return broken(http.StatusBadRequest, "limit", "the number of points", len(asked.Points), fmt.Sprintf("1 to %d", s.config.MaxPoints)).at("/points")
	}
	items := make([]index.Item, len(asked.Points))
	for i := range asked.Points {
		if items[i], err = newItem(fmt.Sprintf("/points/%d", i), &asked.Points[i], ix.N()); err != nil {
			return err
		}
	}
	if err := s.runTexts(r.Context(), asked.Points, items, ix.Options()); err != nil {
		return err
	}
	if err := ix.Upsert(items...); err != nil {
		return err
	}
	return send(w, http.StatusOK, pointsAnswer{len(items)})
}

// newItem is all of a point but what the model makes of its text.
func newItem(field string, p *pointRequest, n int) (it index.Item, err error) {
	if p.ID == nil {
		return it, problem(http.StatusBadRequest, "invalid", "%s has no id", field).at(field + "/id")
	}
	it.ID = *p.ID
	if err := checkID(field+"/id", it.ID); err != nil {
		return it, err
	}
	if err := p.check(field, n); err != nil {
		return it, err
	}
	if p.Payload != nil && p.Payload.Kind() != '{' {
		return it, broken(http.StatusBadRequest, "json", field+"/payload", "a JSON "+kindName(p.Payload.Kind()), "an object").at(field + "/payload")
	}
	if err := p.Payload.Compact(); p.Payload != nil && err != nil {
		return it, err
	}
	it.Payload = p.Payload
	if it.Code = p.Code; p.Activation != nil {
		it.Activation = q2.Float32Row(p.Activation)
	}
	return it, nil
}

// runTexts fills in the codes of points that are texts; where the collection keeps vectors, their activations.
func (s *Server) runTexts(ctx context.Context, points []pointRequest, items []index.Item, o index.Options) error {
	var texts []item
	var places []int
	tokens := 0
	for i, p := range points {
		if p.Text == nil {
			continue
		}
		it, err := s.text(fmt.Sprintf("/points/%d", i), *p.Text, o.N)
		if err != nil {
			return err
		}
		if tokens += len(it.ids); tokens > s.config.MaxTokens {
			return broken(http.StatusBadRequest, "limit", "the number of tokens up to "+it.field, tokens, fmt.Sprintf("at most %d", s.config.MaxTokens)).at(it.field)
		}
		texts, places = append(texts, it), append(places, i)
	}
	if len(texts) > s.config.MaxTexts {
		return broken(http.StatusBadRequest, "limit", "the number of points with a text", len(texts), fmt.Sprintf("at most %d", s.config.MaxTexts)).at("/points")
	}
	if err := s.spend(ctx, texts); err != nil || len(texts) == 0 {
		return err
	}
	return each(ctx, len(texts), func(ctx context.Context, i int) error {
		to := &items[places[i]]
		if o.Vectors == index.NoVectors {
			f, err := s.engine.fingerprint(ctx, texts[i].ids)
			if to.Code = f.Packed; err != nil {
				return problemOf(err, texts[i].field)
			}
			return nil
		}
		seen, err := s.engine.look(ctx, texts[i].ids)
		if err != nil {
			return problemOf(err, texts[i].field)
		}
		to.Activation = q2.Float32Row(seen.activation)
		return nil
	})
}

type deleteRequest struct {
	IDs []uint64 `json:"ids"`
}

type deleteAnswer struct {
	Deleted int `json:"deleted"`
}

func (s *Server) deletePoints(w http.ResponseWriter, r *http.Request) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	var asked deleteRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	if err := s.checkIDs("/ids", asked.IDs); err != nil {
		return err
	}
	deleted, err := ix.Delete(asked.IDs...)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, deleteAnswer{deleted})
}

func (s *Server) checkIDs(field string, ids []uint64) error {
	if len(ids) == 0 || len(ids) > s.config.MaxPoints {
		return broken(http.StatusBadRequest, "limit", "the number of ids", len(ids), fmt.Sprintf("1 to %d", s.config.MaxPoints)).at(field)
	}
	for i, id := range ids {
		if err := checkID(fmt.Sprintf("%s/%d", field, i), id); err != nil {
			return err
		}
	}
	return nil
}

// since is how long something has taken, in seconds.
func since(began time.Time) float64 { return time.Since(began).Seconds() }
