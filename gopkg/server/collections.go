package server

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

type collectionRequest struct {
	N       int    `json:"n"`       // the model's where it is 0
	Vectors string `json:"vectors"` // none, int8 or fp32
}

type collectionAnswer struct {
	Name    string `json:"name"`
	N       int    `json:"n"`
	Vectors string `json:"vectors"`
	Points  int    `json:"points"`
	Bytes   int64  `json:"bytes"` // on the disk
}

type collectionsAnswer struct {
	Collections []collectionAnswer `json:"collections"`
}

func describeCollection(name string, ix *index.Index) (a collectionAnswer, err error) {
	stats, err := ix.Stats()
	return collectionAnswer{name, stats.N, stats.Vectors, stats.Entries, stats.ArrayBytes + stats.StoreBytes}, err
}

func (s *Server) listCollections(w http.ResponseWriter, _ *http.Request) error {
	answer := collectionsAnswer{Collections: []collectionAnswer{}}
	for _, name := range s.store.names() {
		ix, err := s.store.get(name)
		if err != nil {
			continue // deleted meanwhile
		}
		one, err := describeCollection(name, ix)
		if err != nil {
			return err
		}
		answer.Collections = append(answer.Collections, one)
	}
	return send(w, http.StatusOK, &answer)
}

func (s *Server) createCollection(w http.ResponseWriter, r *http.Request) error {
	asked := collectionRequest{N: s.engine.Runner.N(), Vectors: index.NoVectors.String()}
	if err := decode(r, &asked); err != nil {
		return err
	}
	if _, err := packedLen("/n", asked.N); err != nil {
		return err
	}
	vectors, err := index.ParseVectors(asked.Vectors)
	if err != nil {
		return problemOf(err, "/vectors")
	}
	name := r.PathValue("collection")
	ix, made, err := s.store.create(name, index.Options{N: asked.N, Dtype: q2.FP32, Vectors: vectors})
	if err != nil {
		return err
	}
	answer, err := describeCollection(name, ix)
	if err != nil {
		return err
	}
	if made {
		return send(w, http.StatusCreated, &answer)
	}
	return send(w, http.StatusOK, &answer)
}

// collection is the one in the request's path.
func (s *Server) collection(r *http.Request) (*index.Index, error) {
	return s.store.get(r.PathValue("collection"))
}

func (s *Server) getCollection(w http.ResponseWriter, r *http.Request) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	answer, err := describeCollection(r.PathValue("collection"), ix)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, &answer)
}

func (s *Server) deleteCollection(w http.ResponseWriter, r *http.Request) error {
	if err := s.store.delete(r.PathValue("collection")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// entryAnswer is a point as it is kept.
type entryAnswer struct {
	ID          uint64         `json:"id"`
	Key         string         `json:"key"`
	Symbols     string         `json:"symbols"`
	Transitions uint32         `json:"transitions"`
	Packed      []byte         `json:"packed"`
	Payload     jsontext.Value `json:"payload,omitzero"`
}

func newEntryAnswer(e index.Entry) entryAnswer {
	return entryAnswer{e.ID, e.Key.Hex(), e.Key.Symbols(), e.Key.Transitions, e.Code, payloadOf(e)}
}

// payloadOf is nil where a point has none.
func payloadOf(e index.Entry) jsontext.Value {
	if len(e.Payload) == 0 {
		return nil
	}
	return jsontext.Value(e.Payload)
}

func (s *Server) getPoint(w http.ResponseWriter, r *http.Request) error {
	ix, err := s.collection(r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return invalid("path id", fmt.Sprintf("%q", r.PathValue("id")), idLimit)
	}
	if err := checkID("path id", id); err != nil {
		return err
	}
	entry, err := ix.Get(id)
	if err != nil {
		return err
	}
	answer := newEntryAnswer(entry)
	return send(w, http.StatusOK, &answer)
}

// Ids end where every reader of JSON still holds each of them exactly.
const (
	mostID  = 1<<53 - 1
	idLimit = "0 to 9007199254740991"
)

func checkID(field string, id uint64) error {
	if id > mostID {
		return invalid(field, id, idLimit)
	}
	return nil
}
