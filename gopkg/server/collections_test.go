package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/gopkg/server"
)

func (s *service) put(path, body string) reply {
	s.t.Helper()
	return s.do("PUT", path, body, map[string]string{"Content-Type": "application/json"})
}

type hit struct {
	ID       uint64         `json:"id"`
	Score    *float64       `json:"score"`
	Distance *uint64        `json:"distance"`
	Key      string         `json:"key"`
	Packed   string         `json:"packed"`
	Payload  map[string]any `json:"payload"`
}

type found struct {
	Ranking string `json:"ranking"`
	Hits    []hit  `json:"hits"`
}

func (f found) ids() (ids []uint64) {
	for _, h := range f.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

type entry struct {
	ID          uint64         `json:"id"`
	Key         string         `json:"key"`
	Transitions uint32         `json:"transitions"`
	Packed      string         `json:"packed"`
	Payload     map[string]any `json:"payload"`
}

// a corpus of random codes with payloads.
type corpus struct {
	codes [][]byte
	keys  []uint64
}

func newCorpus(t *testing.T, count, n int) (c corpus) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	for range count {
		code := make([]byte, (n+3)/4)
		for i := range code {
			code[i] = byte(r.Uint32())
		}
		key, _, err := reference.Key(code, n)
		require.NoError(t, err)
		c.codes, c.keys = append(c.codes, code), append(c.keys, key)
	}
	return c
}

func (c corpus) points() string {
	var all []string
	for i, code := range c.codes {
		all = append(all, fmt.Sprintf(`{"id":%d,"code":"%s","payload":{"third":%d,"name":"p%d"}}`, i, base64.StdEncoding.EncodeToString(code), i%3, i))
	}
	return `{"points":[` + strings.Join(all, ",") + `]}`
}

// nearest is what a search must find: by a distance, then by id.
func (c corpus) nearest(k int, distance func(code []byte) int, pass func(i int) bool) (ids []uint64) {
	type one struct{ id, distance int }
	var all []one
	for i, code := range c.codes {
		if pass == nil || pass(i) {
			all = append(all, one{i, distance(code)})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return a.distance - b.distance })
	for _, o := range all[:min(k, len(all))] {
		ids = append(ids, uint64(o.id))
	}
	return ids
}

// symbol is a dimension's place on the line from A to D: the code is Gray.
func symbol(code []byte, at int) int { return [4]int{0, 1, 3, 2}[code[at/4]>>(6-2*(at%4))&3] }

func leeTo(query []byte, n int) func([]byte) int {
	return func(code []byte) (sum int) {
		for i := range n {
			d := (symbol(query, i) - symbol(code, i) + 4) % 4
			sum += min(d, 4-d)
		}
		return sum
	}
}

func l1To(query []byte, n int) func([]byte) int {
	return func(code []byte) (sum int) {
		for i := range n {
			sum += int(math.Abs(float64(symbol(query, i) - symbol(code, i))))
		}
		return sum
	}
}

func TestSearchByCode(t *testing.T) {
	const n = 32
	s, c := start(t, nil, nil), newCorpus(t, 300, n)
	assert.Equal(t, http.StatusCreated, s.put("/v1/collections/random", `{"n":32}`).status)
	require.Equal(t, `{"upserted":300}`+"\n", s.put("/v1/collections/random/points", c.points()).body)
	query := c.codes[17]
	text := base64.StdEncoding.EncodeToString(query)
	ask := func(body string) found {
		t.Helper()
		return decode[found](t, s.post("/v1/collections/random/search", `{"code":"`+text+`"`+body+`}`))
	}
	assert.Equal(t, c.nearest(10, leeTo(query, n), nil), ask(`,"ranking":"lee"`).ids())
	assert.Equal(t, c.nearest(50, l1To(query, n), nil), ask(`,"ranking":"l1","k":50`).ids())
	third := func(i int) bool { return i%3 == 1 }
	assert.Equal(t, c.nearest(10, leeTo(query, n), third), ask(`,"ranking":"lee","filter":{"payload":{"third":1.0}}`).ids())
	assert.Equal(t, c.nearest(10, leeTo(query, n), func(i int) bool { return i == 5 || i == 90 }), ask(`,"ranking":"lee","filter":{"ids":[90,5,1000]}`).ids())
	upper := func(i int) bool { return c.keys[i] >= 1<<63 && third(i) }
	assert.Equal(t, c.nearest(10, leeTo(query, n), upper), ask(`,"ranking":"lee","filter":{"keys":{"from":"8000000000000000","to":"FFFFFFFFFFFFFFFF"},"payload":{"third":1}}`).ids())
	assert.Empty(t, ask(`,"filter":{"payload":{"third":"1"}}`).Hits)
	assert.Empty(t, ask(`,"filter":{"payload":{"none":1}}`).Hits)

	first := ask(`,"packed":true`).Hits[0]
	assert.Equal(t, uint64(17), first.ID, "by dot, the code itself is nearest")
	assert.Equal(t, text, first.Packed)
	assert.Equal(t, fmt.Sprintf("%016x", c.keys[17]), first.Key)
	assert.Equal(t, map[string]any{"third": float64(2), "name": "p17"}, first.Payload)
	require.NotNil(t, first.Score)
	assert.Nil(t, first.Distance)
	bare := ask(`,"ranking":"lee","payload":false`).Hits
	assert.Equal(t, uint64(0), *bare[0].Distance)
	assert.Nil(t, bare[0].Payload)
	assert.Empty(t, bare[0].Packed)
	assert.Nil(t, bare[0].Score)
}

// A search by text is one by its activation, and the point that was made of the same text is the nearest.
func TestSearchByTextAndActivation(t *testing.T) {
	s := start(t, nil, nil)
	for _, name := range []string{"plain", "float"} {
		body := `{}`
		if name == "float" {
			body = `{"vectors":"fp32"}`
		}
		require.Equal(t, http.StatusCreated, s.put("/v1/collections/"+name, body).status)
		points := `{"points":[{"id":3,"text":"knead the dough"},{"id":4,"text":"let it rise"},{"id":5,"activation":[1,-1,1,-1,1,-1,1,-1]}]}`
		require.Equal(t, http.StatusOK, s.put("/v1/collections/"+name+"/points", points).status)
		packed, key := expected(t, 1, 6, 7, 8, 2)
		got := decode[entry](t, s.get("/v1/collections/"+name+"/points/4"))
		assert.Equal(t, entry{ID: 4, Key: key.Hex(), Transitions: key.Transitions, Packed: base64.StdEncoding.EncodeToString(packed)}, got)

		activation, err := json.Marshal(hidden([]int64{1, 6, 7, 8, 2}))
		require.NoError(t, err)
		for _, query := range []string{`"text":"let it rise"`, `"activation":` + string(activation), `"text":"let it rise","ranking":"l1"`, `"text":"let it rise","ranking":"lee"`} {
			f := decode[found](t, s.post("/v1/collections/"+name+"/search", `{`+query+`}`))
			assert.Equal(t, uint64(4), f.ids()[0], query)
			assert.Len(t, f.Hits, 3)
		}
	}
	exact := decode[found](t, s.post("/v1/collections/float/search", `{"text":"let it rise","rescore":3,"ranking":"lee"}`))
	assert.Equal(t, uint64(4), exact.ids()[0])
	assert.InDelta(t, 1, *exact.Hits[0].Score, 1e-6, "the cosine with itself")
}

func TestRanges(t *testing.T) {
	const n = 32
	s, c := start(t, nil, nil), newCorpus(t, 200, n)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/random", `{"n":32}`).status)
	require.Equal(t, http.StatusOK, s.put("/v1/collections/random/points", c.points()).status)
	list := func(query string) (ids []uint64, more bool) {
		t.Helper()
		got := decode[struct {
			Points []entry `json:"points"`
			More   bool    `json:"more"`
		}](t, s.get("/v1/collections/random/"+query))
		for _, e := range got.Points {
			ids = append(ids, e.ID)
		}
		return ids, got.More
	}
	inOrder := func(pass func(key uint64) bool) (ids []uint64) {
		for i, key := range c.keys {
			if pass(key) {
				ids = append(ids, uint64(i))
			}
		}
		slices.SortStableFunc(ids, func(a, b uint64) int {
			switch {
			case c.keys[a] < c.keys[b]:
				return -1
			case c.keys[a] > c.keys[b]:
				return 1
			}
			return 0
		})
		return ids
	}
	key := c.keys[42]
	hex := fmt.Sprintf("%016x", key)
	half := uint64(1)<<62 - 1 // 4^(32-1) - 1
	want := inOrder(func(k uint64) bool { return max(k, key)-min(k, key) <= half })
	got, more := list("window?key=" + hex + "&j=1&limit=1000")
	assert.Equal(t, want, got)
	assert.False(t, more)
	got, more = list("window?key=" + hex + "&j=1&limit=3")
	assert.Equal(t, want[:3], got)
	assert.True(t, more)
	got, more = list(fmt.Sprintf("window?key=%s&j=1&limit=%d", hex, len(want)))
	assert.Equal(t, want, got)
	assert.False(t, more, "just as many as the limit")

	got, _ = list("prefix?key=" + hex + "&j=2")
	assert.Equal(t, inOrder(func(k uint64) bool { return k>>60 == key>>60 }), got)
	got, _ = list("bucket?key=" + hex)
	assert.Equal(t, []uint64{42}, got)
	got, _ = list("bucket?key=0000000000000000")
	assert.Empty(t, got)
}

func TestBadRequestsToCollections(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.MaxPoints, c.MaxK, c.MaxCollections, c.MaxTexts, c.MaxTokens = 3, 50, 2, 2, 20
	}, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/bread", `{}`).status)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/other", `{"n":12}`).status)
	const bread = "/v1/collections/bread"
	for _, c := range []struct {
		method, path, body       string
		status                   int
		code, field, value, want string
	}{
		{"PUT", "/v1/collections/third", `{}`, 409, "limit", "the number of collections", "3", "at most 2"},
		{"PUT", "/v1/collections/..%2fx", `{}`, 400, "invalid", "path collection", `"../x"`, ""},
		{"PUT", "/v1/collections/_x", `{}`, 400, "invalid", "path collection", `"_x"`, ""},
		{"PUT", "/v1/collections/" + strings.Repeat("a", 65), `{}`, 400, "invalid", "path collection", `"` + strings.Repeat("a", 65) + `"`, ""},
		{"PUT", "/v1/collections/x", `{"n":1048577}`, 400, "invalid", "/n", "1048577", "1 to 1048576"},
		{"PUT", "/v1/collections/x", `{"n":-1}`, 400, "invalid", "/n", "-1", "1 to 1048576"},
		{"PUT", "/v1/collections/x", `{"vectors":"fp16"}`, 400, "invalid", "/vectors", "fp16", "none, int8 or fp32"},
		{"GET", "/v1/collections/none", ``, 404, "no_collection", "path collection", "none", ""},
		{"PUT", bread + "/points", `{"points":[]}`, 400, "limit", "/points", "0", "1 to 3"},
		{"PUT", bread + "/points", `{"points":[{"id":-1,"code":"AAA="}]}`, 400, "json", "/points/0/id", "-1", ""},
		{"PUT", bread + "/points", `{"points":[{"code":"AAA="}]}`, 400, "invalid", "/points/0/id", "", ""},
		{"PUT", bread + "/points", `{"points":[{"id":1,"code":"AAA="},{"id":9007199254740992,"code":"AAA="}]}`, 400, "invalid", "/points/1/id", "9007199254740992", "0 to 9007199254740991"},
		{"PUT", bread + "/points", `{"points":[{"id":1}]}`, 400, "invalid", "/points/0", "", ""},
		{"PUT", bread + "/points", `{"points":[{"id":1,"code":"AAA=","text":"a"}]}`, 400, "invalid", "/points/0", "", ""},
		{"PUT", bread + "/points", `{"points":[{"id":1,"code":"AAAA"}]}`, 400, "invalid", "/points/0/code", "3 bytes", "2 bytes"},
		{"PUT", bread + "/points", `{"points":[{"id":1,"activation":[1]}]}`, 400, "invalid", "/points/0/activation", "1", "8"},
		{"PUT", bread + "/points", `{"points":[{"id":1,"activation":[1e38,1e38,1,1,1,1,1,1]}]}`, 422, "not_finite", "/points/0", "", ""},
		{"PUT", bread + "/points", `{"points":[{"id":1,"code":"AAA=","payload":7}]}`, 400, "json", "/points/0/payload", "a JSON number", "an object"},
		{"PUT", bread + "/points", `{"points":[{"id":1,"text":"a"},{"id":2,"text":"a"},{"id":3,"text":"a"}]}`, 400, "limit", "/points", "3", "at most 2"},
		{"PUT", "/v1/collections/other/points", `{"points":[{"id":1,"text":"a"}]}`, 400, "invalid", "/points/0/text", "", ""},
		{"POST", bread + "/delete", `{"ids":[1,2,3,4]}`, 400, "limit", "/ids", "4", "1 to 3"},
		{"GET", bread + "/points/01x", ``, 400, "invalid", "path id", `"01x"`, "0 to 9007199254740991"},
		{"GET", bread + "/points/7", ``, 404, "no_point", "", "", ""},
		{"POST", bread + "/search", `{"code":"AAA=","k":0}`, 400, "limit", "/k", "0", "1 to 50"},
		{"POST", bread + "/search", `{"code":"AAA=","k":51}`, 400, "limit", "/k", "51", "1 to 50"},
		{"POST", bread + "/search", `{"code":"AAA=","ranking":"cosine"}`, 400, "invalid", "/ranking", "cosine", ""},
		{"POST", bread + "/search", `{"code":"AAA=","filter":{"keys":{"from":"12","to":"ff"}}}`, 400, "invalid", "/filter/keys/from", `"12"`, "16 hex digits"},
		{"POST", bread + "/search", `{"code":"AAA=","filter":{"key":{}}}`, 400, "json", "/filter/key", "", ""},
		{"POST", "/v1/collections/other/search", `{"text":"a"}`, 400, "invalid", "/text", "", ""},
		{"GET", bread + "/window?key=0000000000000000", ``, 400, "invalid", "query j", `""`, "1 to 32"},
		{"GET", bread + "/window?key=0000000000000000&j=33", ``, 400, "invalid", "query j", `"33"`, "1 to 32"},
		{"GET", bread + "/window?key=0000000000000000&j=3&j=4", ``, 400, "invalid", "query j", "there 2 times", "there once"},
		{"GET", bread + "/bucket?key=0000000000000000&j=3", ``, 400, "invalid", "query j", "", ""},
		{"GET", bread + "/bucket?%ff=1", ``, 400, "invalid", "query \ufffd", "", ""},
		{"GET", bread + "/bucket?key=0000000000000000&limit=51", ``, 400, "invalid", "query limit", `"51"`, "1 to 50"},
	} {
		r := s.do(c.method, c.path, c.body, map[string]string{"Content-Type": "application/json"})
		p := r.problem(t)
		assert.Equal(t, []any{c.status, c.code, c.field, c.value}, []any{p.Status, p.Code, p.Field, p.Value}, "%s %s: %s", c.path, c.body, r.body)
		if c.want != "" {
			assert.Equal(t, c.want, p.Limit, "%s %s", c.path, c.body)
		}
	}
	assert.JSONEq(t, `{"collections":[{"name":"bread","n":8,"vectors":"none","points":0},{"name":"other","n":12,"vectors":"none","points":0}]}`,
		withoutBytes(s.get("/v1/collections").body), "nothing was half-written")
}

func withoutBytes(body string) string {
	var all map[string][]map[string]any
	if json.Unmarshal([]byte(body), &all) != nil {
		return body
	}
	for _, one := range all["collections"] {
		delete(one, "bytes")
	}
	text, _ := json.Marshal(all)
	return string(text)
}

// Collections outlive the server; deleted ones do not come back, and their names can be used again.
func TestCollectionsOutliveTheServer(t *testing.T) {
	folder := t.TempDir()
	data := func(c *server.Config) { c.Data = folder }
	s := start(t, data, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/kept", `{}`).status)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/gone", `{}`).status)
	require.Equal(t, http.StatusOK, s.put("/v1/collections/kept/points", `{"points":[{"id":1,"text":"knead"},{"id":2,"text":"rise"}]}`).status)
	require.Equal(t, `{"deleted":1}`+"\n", s.post("/v1/collections/kept/delete", `{"ids":[2,3]}`).body)
	require.Equal(t, http.StatusNoContent, s.do("DELETE", "/v1/collections/gone", "", nil).status)
	assert.Equal(t, http.StatusNotFound, s.get("/v1/collections/gone").status)

	s.stop()
	require.NoError(t, <-s.ended)
	s = start(t, data, nil)
	assert.JSONEq(t, `{"collections":[{"name":"kept","n":8,"vectors":"none","points":1}]}`, withoutBytes(s.get("/v1/collections").body))
	assert.Equal(t, uint64(1), decode[entry](t, s.get("/v1/collections/kept/points/1")).ID)
	assert.Equal(t, http.StatusCreated, s.put("/v1/collections/gone", `{"n":12}`).status)
}

// A data folder has one server, also while it has no collection yet.
func TestADataFolderHasOneServer(t *testing.T) {
	c := defaults(t)
	parts := server.Parts{LoadModel: func() (*server.Model, error) { return newModel(t, &standIn{}), nil }}
	first := launch(t, c, nil, parts.LoadModel)
	_, err := server.New(c, parts)
	assert.EqualError(t, err, "data: "+c.Data+" is in use by another q2 serve")
	first.waitReady()
	first.stop()
	require.NoError(t, <-first.ended)
	launch(t, c, nil, parts.LoadModel).waitReady()
}

func TestADataFolderThatIsNone(t *testing.T) {
	c := defaults(t)
	require.NoError(t, os.WriteFile(c.Data, nil, 0o600))
	_, err := server.New(c, server.Parts{LoadModel: func() (*server.Model, error) { return newModel(t, &standIn{}), nil }})
	assert.ErrorContains(t, err, "data: mkdir "+c.Data)
}

// An index that is put into the data folder by hand is not taken for what was left of an unfinished one.
func TestAFolderThatCameWhileTheServerRan(t *testing.T) {
	c := defaults(t)
	load := func() (*server.Model, error) { return newModel(t, &standIn{}), nil }
	s := launch(t, c, nil, load)
	s.waitReady()
	ix, err := index.Open(filepath.Join(c.Data, "collections", "bread"), index.Options{N: 8})
	require.NoError(t, err)
	require.NoError(t, ix.Upsert(index.Item{ID: 7, Code: []byte{1, 2}}))
	assert.Equal(t, "conflict", s.put("/v1/collections/bread", `{}`).problem(t).Code, "while it is open")
	require.NoError(t, ix.Close())
	r := s.put("/v1/collections/bread", `{}`)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Contains(t, r.problem(t).Detail, "started again")
	require.NoError(t, os.MkdirAll(filepath.Join(c.Data, "collections", "half", "rest"), 0o700))
	assert.Equal(t, http.StatusCreated, s.put("/v1/collections/half", `{}`).status, "what holds no index was not finished")
	s.stop()
	require.NoError(t, <-s.ended)
	s = launch(t, c, nil, load)
	s.waitReady()
	assert.Equal(t, uint64(7), decode[entry](t, s.get("/v1/collections/bread/points/7")).ID)
}

func TestAFullQueueOfSearches(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Searches, c.Queue, c.QueueTimeout = 1, 1, eventually }, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/bread", `{}`).status)
	leave := server.EnterSearches(s.Server, 2)
	r := s.post("/v1/collections/bread/search", `{"code":"AAA="}`)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "1", r.header.Get("Retry-After"))
	leave()
	assert.Equal(t, http.StatusOK, s.post("/v1/collections/bread/search", `{"code":"AAA="}`).status)
}
