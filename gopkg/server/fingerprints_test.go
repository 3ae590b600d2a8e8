package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/server"
)

type fingerprint struct {
	Packed      string `json:"packed"`
	Key         string `json:"key"`
	Symbols     string `json:"symbols"`
	Transitions uint32 `json:"transitions"`
	TokenCount  int    `json:"token_count"`
	Cut         bool   `json:"cut"`
	Tokens      []struct {
		ID    int64  `json:"id"`
		Token string `json:"token"`
	} `json:"tokens"`
	Activation []float32 `json:"activation"`
	Timing     *struct {
		Model  float64 `json:"model"`
		Kernel float64 `json:"kernel"`
	} `json:"timing"`
}

type fingerprints struct {
	N            int           `json:"n"`
	Fingerprints []fingerprint `json:"fingerprints"`
}

// wanted is the answer for token ids.
func wanted(t *testing.T, cut bool, ids ...int64) fingerprint {
	t.Helper()
	packed, key := expected(t, ids...)
	return fingerprint{Packed: base64.StdEncoding.EncodeToString(packed), Key: fmt.Sprintf("%016x", key.Bits), Symbols: key.Symbols(), Transitions: key.Transitions,
		TokenCount: len(ids), Cut: cut}
}

func TestFingerprintsOfTextsConversationsAndTokens(t *testing.T) {
	s := start(t, nil, nil)
	for _, c := range []struct {
		body string
		want []fingerprint
	}{
		{`{"texts":["Knead the dough.","Let it rise"]}`, []fingerprint{wanted(t, false, 1, 3, 4, 5, 9, 2), wanted(t, false, 1, 6, 7, 8, 2)}},
		{`{"texts":["Knead the dough. Let it rise."]}`, []fingerprint{wanted(t, true, 1, 3, 4, 5, 9, 2)}},
		{`{"conversations":[[{"role":"user","content":"a b a b a b"},{"role":"assistant","content":"rise"}]]}`, []fingerprint{wanted(t, false, 1, 10, 11, 10, 11, 10, 11, 8, 2)}},
		{`{"token_ids":[[3,4],[5]]}`, []fingerprint{wanted(t, false, 3, 4), wanted(t, false, 5)}},
	} {
		got := decode[fingerprints](t, s.post("/v1/fingerprints", c.body))
		assert.Equal(t, fingerprints{dims, c.want}, got, c.body)
	}
}

func TestAConversationByTheModelsTemplate(t *testing.T) {
	m := newModel(t, &standIn{})
	var err error
	m.Template, err = chat.Parse(`{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}`, map[string]string{"bos_token": "a "})
	require.NoError(t, err)
	s := launch(t, defaults(t), nil, func() (*server.Model, error) { return m, nil })
	s.waitReady()
	got := decode[fingerprints](t, s.post("/v1/fingerprints", `{"conversations":[[{"role":"user","content":"knead"}]]}`))
	assert.Equal(t, wanted(t, false, 10, 3), got.Fingerprints[0], "the template writes the special tokens")

	m.Template, err = chat.Parse(`{{ raise_exception("roles must alternate") }}`, nil)
	require.NoError(t, err)
	s = launch(t, defaults(t), nil, func() (*server.Model, error) { return m, nil })
	s.waitReady()
	p := s.post("/v1/fingerprints", `{"conversations":[[{"role":"user","content":"knead"}]]}`).problem(t)
	assert.Equal(t, http.StatusUnprocessableEntity, p.Status)
	assert.Equal(t, "/conversations/0", p.Field)
	assert.Contains(t, p.Detail, "roles must alternate")
}

func TestTokensAndActivationOnlyWhereAskedFor(t *testing.T) {
	s := start(t, nil, nil)
	plain := s.post("/v1/fingerprints", `{"texts":["rise"]}`)
	var members struct {
		Fingerprints []map[string]any `json:"fingerprints"`
	}
	require.NoError(t, json.Unmarshal([]byte(plain.body), &members))
	for _, name := range []string{"tokens", "activation", "timing"} {
		assert.NotContains(t, members.Fingerprints[0], name)
	}

	got := decode[fingerprints](t, s.post("/v1/fingerprints", `{"texts":["rise"],"tokens":true}`)).Fingerprints[0]
	assert.Nil(t, got.Activation)
	require.Len(t, got.Tokens, 3)
	assert.Equal(t, []string{"[CLS]", "rise", "[SEP]"}, []string{got.Tokens[0].Token, got.Tokens[1].Token, got.Tokens[2].Token})
	assert.Equal(t, int64(8), got.Tokens[1].ID)

	got = decode[fingerprints](t, s.post("/v1/fingerprints", `{"texts":["rise","a"],"activation":true}`)).Fingerprints[0]
	assert.Equal(t, hidden([]int64{1, 8, 2}), got.Activation)
	assert.Equal(t, 0.003, got.Timing.Model)
	assert.Positive(t, got.Timing.Kernel)
	got.Activation, got.Timing = nil, nil
	assert.Equal(t, wanted(t, false, 1, 8, 2), got)
}

func (s *service) waitReady() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.get("/readyz").status == http.StatusOK }, eventually, tick)
}

// A bad request is answered with the field, its value and the limit.
func TestBadRequests(t *testing.T) {
	s := start(t, func(c *server.Config) { c.MaxTexts, c.MaxTokens, c.MaxPoints = 3, 20, 4 }, nil)
	deep := strings.Repeat("[", 33)
	for _, c := range []struct {
		path, body   string
		status       int
		code, field  string
		value, limit string
	}{
		{"/v1/fingerprints", ``, 400, "json", "", "", ""},
		{"/v1/fingerprints", `[]`, 400, "json", "", "a JSON array", "an object"},
		{"/v1/fingerprints", `{"texts":["a"]} x`, 400, "json", "", "", ""},
		{"/v1/fingerprints", `{"texts":["a"]}{}`, 400, "json", "", "", ""},
		{"/v1/fingerprints", `{"texts":["a"`, 400, "json", "/texts", "", ""},
		{"/v1/fingerprints", `{"texts":["a"],"texts":["b"]}`, 400, "json", "/texts", "", ""},
		{"/v1/fingerprints", `{"Texts":["a"]}`, 400, "json", "/Texts", "", ""},
		{"/v1/fingerprints", `{"texts":["a"],"k":1}`, 400, "json", "/k", "", ""},
		{"/v1/fingerprints", `{"texts":["a",7]}`, 400, "json", "/texts/1", "a JSON number", "a string"},
		{"/v1/fingerprints", `{"texts":"a"}`, 400, "json", "/texts", "a JSON string", "an array"},
		{"/v1/fingerprints", `{"tokens":1,"texts":["a"]}`, 400, "json", "/tokens", "a JSON number", "true or false"},
		{"/v1/fingerprints", `{"texts":` + deep, 400, "json", "", "", ""},
		{"/v1/fingerprints", "{\"texts\":[\"a\xff\"]}", 400, "json", "/texts/0", "", ""},
		{"/v1/fingerprints", `{"texts":["\ud800"]}`, 400, "json", "/texts/0", "", ""},
		{"/v1/fingerprints", `{}`, 400, "invalid", "", "", ""},
		{"/v1/fingerprints", `{"texts":["a"],"token_ids":[[1]]}`, 400, "invalid", "", "", ""},
		{"/v1/fingerprints", `{"texts":[]}`, 400, "limit", "/texts", "0", "1 to 3"},
		{"/v1/fingerprints", `{"texts":["a","a","a","a"]}`, 400, "limit", "/texts", "4", "1 to 3"},
		{"/v1/fingerprints", `{"token_ids":[[3],[]]}`, 400, "invalid", "/token_ids/1", "without tokens", "at least 1 token"},
		{"/v1/fingerprints", `{"token_ids":[[3,-1]]}`, 400, "limit", "/token_ids/0", "-1", "0 to 39"},
		{"/v1/fingerprints", `{"token_ids":[[3,40]]}`, 400, "limit", "/token_ids/0", "40", "0 to 39"},
		{"/v1/fingerprints", `{"token_ids":[[3.5]]}`, 400, "json", "/token_ids/0/0", "3.5", "a whole number from -2^63 to 2^63-1"},
		{"/v1/fingerprints", `{"token_ids":[[` + strings.Repeat("3,", 32) + `3]]}`, 400, "limit", "/token_ids/0", "33", "at most 32"},
		{"/v1/fingerprints", `{"token_ids":[[` + strings.Repeat("3,", 15) + `3],[3,3,3,3,3]]}`, 400, "limit", "/token_ids/1", "21", "at most 20"},
		{"/v1/fingerprints", `{"conversations":[[]]}`, 400, "invalid", "", "", ""},
		{"/v1/fingerprints", `{"conversations":[[{"role":"user","text":"a"}]]}`, 400, "json", "/conversations/0/0/text", "", ""},
		{"/v1/fingerprints", `{"token_ids":[[30]]}`, 422, "not_finite", "/token_ids/0", "", ""},
		{"/v1/quantise", `{"rows":[]}`, 400, "limit", "/rows", "0", "1 to 4"},
		{"/v1/quantise", `{"rows":[[1],[2],[3],[4],[5]]}`, 400, "limit", "/rows", "5", "1 to 4"},
		{"/v1/quantise", `{"rows":[[1,2],[3]]}`, 400, "invalid", "/rows/1", "1", "2"},
		{"/v1/quantise", `{"rows":[[]]}`, 400, "invalid", "the length of /rows/0", "0", "1 to 1048576"},
		{"/v1/quantise", `{"rows":[[1e39]]}`, 400, "json", "/rows/0/0", "1e39", "a number within the range of a float"},
		{"/v1/quantise", `{"rows":[[1e38,1e38]]}`, 422, "not_finite", "/rows/0", "", ""},
		{"/v1/distance", `{"n":8,"a":"AAA=","b":["AAA="],"metric":"cosine"}`, 400, "invalid", "/metric", `"cosine"`, ""},
		{"/v1/distance", `{"n":0,"a":"AAA=","b":["AAA="]}`, 400, "invalid", "/n", "0", "1 to 1048576"},
		{"/v1/distance", `{"n":9,"a":"AAAA","b":["AAA="]}`, 400, "invalid", "/b/0", "2 bytes", "3 bytes"},
		{"/v1/distance", `{"n":8,"a":"AAAA","b":["AAA="]}`, 400, "invalid", "/a", "3 bytes", "2 bytes"},
		{"/v1/distance", `{"n":8,"a":"A","b":["AAA="]}`, 400, "json", "/a", "a JSON string", "a string of base64"},
		{"/v1/distance", `{"n":8,"a":"AAA=","b":[]}`, 400, "limit", "/b", "0", "1 to 4"},
	} {
		r := s.post(c.path, c.body)
		p := r.problem(t)
		assert.Equal(t, c.status, p.Status, "%s: %s", c.body, r.body)
		assert.Equal(t, c.code, p.Code, "%s: %s", c.body, r.body)
		assert.Equal(t, c.field, p.Field, "%s: %s", c.body, r.body)
		assert.Equal(t, c.value, p.Value, "%s: %s", c.body, r.body)
		if c.limit != "" {
			assert.Equal(t, c.limit, p.Limit, "%s: %s", c.body, r.body)
		}
	}
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["a"]}`).status, "the server lives on")
}

func TestWhatIsNotThere(t *testing.T) {
	s := start(t, nil, nil)
	assert.Equal(t, http.StatusNotFound, s.get("/v2").status)
	assert.Equal(t, http.StatusNotFound, s.get("/page/").status)
	assert.Equal(t, http.StatusNotFound, s.get("/page/none.js").status)
	r := s.get("/v1/fingerprints")
	assert.Equal(t, http.StatusMethodNotAllowed, r.status)
	assert.Equal(t, "POST", r.header.Get("Allow"))
	r = s.do("POST", "/v1/fingerprints", `{"texts":["a"]}`, map[string]string{"Content-Type": "text/plain"})
	assert.Equal(t, http.StatusUnsupportedMediaType, r.status)
	assert.Equal(t, `"text/plain"`, r.problem(t).Value)
}

// A panic, wherever it happens, is a 500 for who asked, and nobody else notices.
func TestPanicsAndFailedRuns(t *testing.T) {
	s := start(t, nil, nil)
	for _, body := range []string{`{"token_ids":[[33]]}`, `{"token_ids":[[32]]}`, `{"token_ids":[[32],[32]],"activation":true}`, `{"token_ids":[[31]]}`} {
		p := s.post("/v1/fingerprints", body).problem(t)
		assert.Equal(t, http.StatusInternalServerError, p.Status, body)
		assert.Equal(t, "internal", p.Code, body)
		assert.Contains(t, s.log.String(), p.ID, "the log has it under the id")
		assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["a"]}`).status)
	}
	assert.Contains(t, s.log.String(), "MatMul_7")
	assert.Contains(t, s.log.String(), "the check of a token")
	assert.Contains(t, s.get("/metrics").body, "q2_http_panics_total 1\n")
}
