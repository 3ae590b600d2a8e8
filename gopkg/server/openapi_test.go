package server_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// contract holds requests and answers against the description.
type contract struct {
	validator.Validator
	operations []string // "GET /healthz"
}

func newContract(t testing.TB, description []byte) contract {
	t.Helper()
	document, err := libopenapi.NewDocument(description)
	require.NoError(t, err)
	v, errs := validator.NewValidator(document)
	require.Empty(t, errs)
	ok, wrong := v.ValidateDocument()
	require.True(t, ok, "%v", wrong)
	model, err := document.BuildV3Model()
	require.NoError(t, err)
	c := contract{Validator: v}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method := range item.GetOperations().FromOldest() {
			c.operations = append(c.operations, strings.ToUpper(method)+" "+path)
		}
	}
	return c
}

// check sends a request and holds it, and what comes back, against the description. good says whether the request itself is as described.
func (c contract) check(t *testing.T, s *service, request *http.Request, good bool) reply {
	t.Helper()
	var body []byte
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
	}
	again := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
	request.Body = again()
	ok, wrong := c.ValidateHttpRequest(request)
	assert.Equal(t, good, ok, "%s %s %s: %v", request.Method, request.URL, body, wrong)
	request.Body = again()
	r, err := s.send(request)
	require.NoError(t, err)
	response := &http.Response{StatusCode: r.status, Header: r.header, Body: io.NopCloser(strings.NewReader(r.body))}
	request.Body = again()
	ok, wrong = c.ValidateHttpResponse(request, response)
	assert.True(t, ok, "%s %s gave %d %s: %v", request.Method, request.URL, r.status, r.body, wrong)
	return r
}

// Every route of the server is in the description, and every operation of the description is a route.
func TestTheDescriptionHasEveryRoute(t *testing.T) {
	c := newContract(t, server.Description())
	slices.Sort(c.operations)
	routes := server.RoutesOf(defaults(t))
	slices.Sort(routes)
	assert.Equal(t, routes, c.operations)
}

type exchange struct {
	method, path, body string
	header             map[string]string
	status             int
	good               bool // as described
}

func (e exchange) request(t *testing.T, s *service) *http.Request {
	t.Helper()
	var body io.Reader
	if e.body != "" {
		body = strings.NewReader(e.body)
	}
	request, err := http.NewRequest(e.method, s.url+e.path, body)
	require.NoError(t, err)
	if e.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range e.header {
		request.Header.Set(name, value)
	}
	return request
}

// Real requests and answers, good and bad, are as described; every operation is among them.
func TestExchangesAreAsDescribed(t *testing.T) {
	c := newContract(t, server.Description())
	s := start(t, nil, nil)
	seen := map[string]bool{}
	for _, e := range exchanges() {
		r := c.check(t, s, e.request(t, s), e.good)
		assert.Equal(t, e.status, r.status, "%s %s %s: %s", e.method, e.path, e.body, r.body)
		if e.good && r.status < 300 {
			seen[e.operation(c)] = true
		}
	}
	for _, operation := range c.operations {
		assert.True(t, seen[operation], "no good exchange of %s", operation)
	}
}

// operation is the one that the exchange's path belongs to.
func (e exchange) operation(c contract) string {
	path, _, _ := strings.Cut(e.path, "?")
	parts := strings.Split(path, "/")
	for _, operation := range c.operations {
		method, template, _ := strings.Cut(operation, " ")
		if method == e.method && slices.EqualFunc(strings.Split(template, "/"), parts, func(t, p string) bool { return t == p || strings.HasPrefix(t, "{") && p != "" }) {
			return operation
		}
	}
	return ""
}

func exchanges() []exchange {
	raw := map[string]string{"Content-Type": "application/octet-stream", "Q2-Dtype": "fp32", "Q2-Shape": "*,4"}
	return []exchange{
		{"GET", "/healthz", "", nil, 200, true},
		{"GET", "/readyz", "", nil, 200, true},
		{"GET", "/metrics", "", nil, 200, true},
		{"GET", "/openapi.yaml", "", nil, 200, true},
		{"GET", "/v1/model", "", nil, 200, true},
		{"POST", "/v1/fingerprints", `{"texts":["knead the dough","a"],"tokens":true}`, nil, 200, true},
		{"POST", "/v1/fingerprints", `{"conversations":[[{"role":"user","content":"rise"}]],"activation":true}`, nil, 200, true},
		{"POST", "/v1/fingerprints", `{"token_ids":[[3,4]],"activation":false}`, nil, 200, true},
		{"POST", "/v1/fingerprints", `{"token_ids":[[30]]}`, nil, 422, true},
		{"POST", "/v1/fingerprints", `{"token_ids":[[32]]}`, nil, 500, true},
		{"POST", "/v1/fingerprints", `{"texts":[]}`, nil, 400, false},
		{"POST", "/v1/fingerprints", `{"texts":["a"],"token_ids":[[1]]}`, nil, 400, false},
		{"POST", "/v1/fingerprints", `{"texts":["a"],"k":1}`, nil, 400, false},
		{"POST", "/v1/fingerprints", `{"texts":[1]}`, nil, 400, false},
		{"POST", "/v1/quantise", `{"rows":[[0.5,-1],[1,2]]}`, nil, 200, true},
		{"POST", "/v1/quantise", `{"rows":[]}`, nil, 400, false},
		{"POST", "/v1/quantise", "0123456789abcdef", raw, 200, true},
		{"POST", "/v1/quantise", "0123456789abcde", raw, 400, true},
		{"POST", "/v1/distance", `{"n":8,"a":"AAA=","b":["AAA=","//8="],"metric":"lee"}`, nil, 200, true},
		{"POST", "/v1/distance", `{"n":8,"a":"AAA=","b":["AAA="],"metric":"cosine"}`, nil, 400, false},
		{"GET", "/v1/collections", "", nil, 200, true},
		{"PUT", "/v1/collections/bread", `{}`, nil, 201, true},
		{"PUT", "/v1/collections/bread", `{"n":8,"vectors":"none"}`, nil, 200, true},
		{"PUT", "/v1/collections/bread", `{"n":9}`, nil, 409, true},
		{"PUT", "/v1/collections/float", `{"vectors":"fp32"}`, nil, 201, true},
		{"PUT", "/v1/collections/BREAD", `{}`, nil, 400, false},
		{"GET", "/v1/collections", "", nil, 200, true},
		{"PUT", "/v1/collections/bread/points", `{"points":[{"id":1,"text":"knead","payload":{"a":[1,{"b":null}]}},{"id":9007199254740991,"code":"AAA="}]}`, nil, 200, true},
		{"PUT", "/v1/collections/float/points", `{"points":[{"id":1,"text":"knead"},{"id":2,"activation":[1,2,3,4,5,6,7,8]}]}`, nil, 200, true},
		{"PUT", "/v1/collections/bread/points", `{"points":[{"text":"knead"}]}`, nil, 400, false},
		{"PUT", "/v1/collections/bread/points", `{"points":[{"id":9007199254740992,"text":"knead"}]}`, nil, 400, false},
		{"PUT", "/v1/collections/none/points", `{"points":[{"id":1,"text":"knead"}]}`, nil, 404, true},
		{"GET", "/v1/collections/bread/points/1", "", nil, 200, true},
		{"GET", "/v1/collections/bread/points/2", "", nil, 404, true},
		{"GET", "/v1/collections/bread/points/x", "", nil, 400, false},
		{"POST", "/v1/collections/bread/search", `{"text":"knead","k":3}`, nil, 200, true},
		{"POST", "/v1/collections/bread/search", `{"code":"AAA=","ranking":"lee","packed":true,"payload":false,"filter":{"ids":[1],"keys":{"from":"0000000000000000","to":"ffffffffffffffff"}}}`, nil, 200, true},
		{"POST", "/v1/collections/float/search", `{"activation":[1,2,3,4,5,6,7,8],"rescore":5,"filter":{"payload":{}}}`, nil, 200, true},
		{"POST", "/v1/collections/bread/search", `{"code":"AAA=","ranking":"cosine"}`, nil, 400, false},
		{"POST", "/v1/collections/bread/search", `{}`, nil, 400, false},
		{"GET", "/v1/collections/bread/window?key=0000000000000000&j=1&limit=5", "", nil, 200, true},
		{"GET", "/v1/collections/bread/window?key=0000000000000000&j=33", "", nil, 400, false},
		{"GET", "/v1/collections/bread/prefix?key=0000000000000000&j=32", "", nil, 200, true},
		{"GET", "/v1/collections/bread/bucket?key=0000000000000000", "", nil, 200, true},
		{"GET", "/v1/collections/bread/bucket?key=12", "", nil, 400, false},
		{"POST", "/v1/collections/bread/delete", `{"ids":[1,5]}`, nil, 200, true},
		{"POST", "/v1/collections/bread/delete", `{"ids":[]}`, nil, 400, false},
		{"GET", "/v1/collections/bread", "", nil, 200, true},
		{"DELETE", "/v1/collections/bread", "", nil, 204, true},
		{"DELETE", "/v1/collections/bread", "", nil, 404, true},
	}
}
