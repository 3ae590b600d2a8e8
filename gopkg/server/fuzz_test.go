package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/q2kernel/q2/gopkg/server"
)

// fuzzBodies sends bodies to a route: each is answered, by a success or by a problem that tells nothing (service.send looks), and never by a 500.
func fuzzBodies(f *testing.F, method, path string, header map[string]string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	s := start(f, func(c *server.Config) { c.LogLevel = "error" }, nil)
	if r := s.put("/v1/collections/bread", `{}`); r.status != http.StatusCreated {
		f.Fatal(r.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, "31") || strings.Contains(body, "32") || strings.Contains(body, "33") {
			t.Skip("tokens that make the stand-in fail on purpose")
		}
		request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range header {
			request.Header.Set(name, value)
		}
		r, err := (&service{Server: s.Server, t: t, client: s.client}).send(request)
		if err != nil {
			t.Fatal(err)
		}
		if r.status == http.StatusInternalServerError || r.status == 0 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	})
}

var jsonBody = map[string]string{"Content-Type": "application/json"}

func FuzzFingerprints(f *testing.F) {
	fuzzBodies(f, "POST", "/v1/fingerprints", jsonBody, `{"texts":["a"],"tokens":true}`, `{"token_ids":[[1,2]],"activation":true}`,
		`{"conversations":[[{"role":"user","content":"rise"}]]}`, `{"texts":["\ud83d\ude00"]}`, `{"texts":null}`, "{\"texts\":[\"\xff\"]}")
}

func FuzzQuantiseRows(f *testing.F) {
	fuzzBodies(f, "POST", "/v1/quantise", jsonBody, `{"rows":[[1,-2.5e3]]}`, `{"rows":[[1e39]]}`, `{"rows":[[],[1]]}`)
}

func FuzzQuantiseStream(f *testing.F) {
	fuzzBodies(f, "POST", "/v1/quantise", streamHeader("fp16", "*,5"), "0123456789", "01234567890123456789", "\x00\x7c\x00\x7c\x00\x7c\x00\x7c\x00\x7c")
}

func FuzzDistance(f *testing.F) {
	fuzzBodies(f, "POST", "/v1/distance", jsonBody, `{"n":8,"a":"AAA=","b":["//8="],"metric":"l1"}`, `{"n":-8}`, `{"n":1048576,"a":"","b":[""]}`)
}

func FuzzPoints(f *testing.F) {
	fuzzBodies(f, "PUT", "/v1/collections/bread/points", jsonBody, `{"points":[{"id":1,"text":"a","payload":{"a":[{}]}}]}`, `{"points":[{"id":9007199254740991,"code":"AAA="}]}`,
		`{"points":[{"id":2,"activation":[1,2,3,4,5,6,7,8]}]}`)
}

func FuzzSearch(f *testing.F) {
	fuzzBodies(f, "POST", "/v1/collections/bread/search", jsonBody, `{"code":"AAA=","ranking":"lee","k":3,"filter":{"payload":{"a":1e0},"ids":[1]}}`, `{"text":"a","rescore":2}`,
		`{"activation":[1,2,3,4,5,6,7,8],"filter":{"keys":{"from":"0000000000000000","to":"ffffffffffffffff"}}}`)
}

// FuzzRequests sends whole requests as bytes: the server answers or closes, and goes on.
func FuzzRequests(f *testing.F) {
	f.Add("GET /v1/collections/bread/window?key=0000000000000000&j=1 HTTP/1.1\r\nHost: q2\r\nConnection: close\r\n\r\n")
	f.Add("POST /v1/quantise HTTP/1.1\r\nHost: q2\r\nContent-Type: application/octet-stream\r\nQ2-Dtype: fp32\r\nQ2-Shape: *,1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")
	f.Add("PUT /v1/collections/%2e%2e HTTP/1.1\r\nHost: q2\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
	s := start(f, func(c *server.Config) {
		c.LogLevel, c.HeaderTimeout, c.BodyTimeout, c.IdleTimeout = "error", eventually/1000, eventually/1000, eventually/1000
	}, nil)
	f.Fuzz(func(t *testing.T, bytes string) {
		one := &service{Server: s.Server, t: t, client: s.client, url: s.url}
		connection := one.talk(bytes)
		one.isClosed(connection)
		if r := one.get("/healthz"); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
	})
}
