package server_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

func TestLoading(t *testing.T) {
	m, there := &standIn{}, make(chan struct{})
	s := launch(t, defaults(t), m, func() (*server.Model, error) { <-there; return newModel(t, m), nil })
	assert.Equal(t, http.StatusOK, s.get("/healthz").status)
	for _, path := range []string{"/readyz", "/v1/model"} {
		r := s.get(path)
		assert.Equal(t, http.StatusServiceUnavailable, r.status)
		assert.Equal(t, "loading", r.problem(t).Code)
	}
	assert.Equal(t, http.StatusOK, s.post("/v1/distance", `{"n":8,"a":"AAA=","b":["/wA="]}`).status, "what needs no model works")
	assert.Contains(t, s.get("/metrics").body, `q2_info{backend=`)
	close(there)
	s.waitReady()
	assert.Equal(t, http.StatusOK, s.get("/v1/model").status)
}

func TestAModelThatCannotBeLoaded(t *testing.T) {
	lost := errors.New("open /srv/models/secret/model.onnx: no such file")
	s := launch(t, defaults(t), nil, func() (*server.Model, error) { return nil, lost })
	assert.ErrorIs(t, <-s.ended, lost)
}

// What is in flight when the server is told to stop is answered; what comes after that is told so.
func TestDraining(t *testing.T) {
	m := &standIn{hold: make(chan struct{}), begun: make(chan struct{}, 1)}
	s := start(t, nil, m)
	running := s.posting(t.Context(), "/v1/fingerprints", `{"texts":["a"]}`)
	<-m.begun
	s.stop()
	require.Eventually(t, func() bool { return s.get("/readyz").status == http.StatusServiceUnavailable }, eventually, tick)
	assert.Equal(t, http.StatusOK, s.get("/healthz").status)
	r := s.post("/v1/fingerprints", `{"texts":["a"]}`)
	assert.Equal(t, http.StatusServiceUnavailable, r.status)
	p := r.problem(t)
	assert.Equal(t, "draining", p.Code)
	raw, err := io.ReadAll(s.talk("GET /v1/model HTTP/1.1\r\nHost: q2\r\n\r\n"))
	require.NoError(t, err, "the connection is closed after that")
	assert.Contains(t, string(raw), "\r\nConnection: close\r\n")
	close(m.hold)
	assert.Equal(t, http.StatusOK, (<-running).status)
	assert.NoError(t, <-s.ended)
	assert.True(t, m.closed.Load(), "the model is closed after the last answer")
	_, err = s.client.Get(s.url + "/healthz")
	assert.Error(t, err)
}

// A request that does not end is cut off when the time is over, and the server says so.
func TestDrainingThatTakesTooLong(t *testing.T) {
	m := &standIn{hold: make(chan struct{}), begun: make(chan struct{}, 1)}
	s := start(t, func(c *server.Config) { c.DrainTimeout = 20 * time.Millisecond }, m)
	running := s.posting(t.Context(), "/v1/fingerprints", `{"texts":["a"]}`)
	<-m.begun
	s.stop()
	time.AfterFunc(100*time.Millisecond, func() { close(m.hold) })
	assert.ErrorContains(t, <-s.ended, "cut off: they had not ended 20ms after")
	r := <-running
	assert.Equal(t, http.StatusServiceUnavailable, r.status)
	assert.Equal(t, "draining", r.problem(t).Code)
}

func TestAnIdleServerStops(t *testing.T) {
	s := start(t, nil, nil)
	s.stop()
	assert.NoError(t, <-s.ended)
}

func TestTheLog(t *testing.T) {
	for _, with := range []bool{false, true} {
		s := start(t, func(c *server.Config) { c.LogTexts = with }, nil)
		r := s.do("POST", "/v1/fingerprints", `{"texts":["knead the"]}`, map[string]string{"Content-Type": "application/json", "X-Request-Id": "mine-1"})
		assert.Equal(t, "mine-1", r.header.Get("X-Request-Id"))
		s.stop()
		<-s.ended
		mine := regexp.MustCompile(`(?m)^.*mine-1.*$`).FindAllString(s.log.String(), -1)
		require.Len(t, mine, 1, "one line a request")
		for _, field := range []string{"client=127.0.0.1", "method=POST", "route=/v1/fingerprints", "status=200", fmt.Sprintf("bytes=%d", len(r.body)), "took="} {
			assert.Contains(t, mine[0], field)
		}
		assert.Equal(t, with, strings.Contains(s.log.String(), "knead"))
	}
	s := start(t, nil, nil)
	r := s.do("GET", "/v1/model", "", map[string]string{"X-Request-Id": "no spaces"})
	assert.Regexp(t, `^[0-9a-f]{16}$`, r.header.Get("X-Request-Id"))
}

func TestMetrics(t *testing.T) {
	s := start(t, nil, nil)
	s.post("/v1/fingerprints", `{"texts":["a","b","rise"]}`)
	s.post("/v1/fingerprints", `{"texts":[1]}`)
	s.do("BREW", "/v1/model", "", nil)
	s.get("/nowhere/at/all")
	body := s.get("/metrics").body
	for _, line := range []string{
		`q2_info{backend="[a-z]+",isa="[a-z0-9]+",model="stand-in"} 1`, `q2_queue_texts 0`, `q2_texts_done_total 3`, `q2_tokens_total 9`,
		`q2_batch_texts_sum 3`, `q2_arena_leases 2`, `q2_arena_leases_in_use 0`, `q2_arena_waits_total 0`, `q2_arena_bytes 8192`,
		`q2_model_duration_seconds_count [1-3]`, `q2_kernel_duration_seconds_sum [0-9.e-]+`,
		`q2_http_request_duration_seconds_count{code="200",method="POST",route="/v1/fingerprints"} 1`,
		`q2_http_request_duration_seconds_count{code="400",method="POST",route="/v1/fingerprints"} 1`,
		`q2_http_request_duration_seconds_count{code="405",method="other",route="/v1/model"} 1`,
		`q2_http_request_duration_seconds_count{code="404",method="GET",route="none"} 1`,
		`process_cpu_seconds_total .*`, `go_goroutines .*`,
	} {
		assert.Regexp(t, `(?m)^`+strings.NewReplacer("{", `\{`, "}", `\}`).Replace(line)+`$`, body)
	}
}

func TestProfilesOnTheirOwnAddress(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Pprof = "127.0.0.1:0" }, nil)
	assert.Equal(t, http.StatusNotFound, s.get("/debug/pprof/cmdline").status)
	address := regexp.MustCompile(`profiles address=(\S+)`).FindStringSubmatch(s.log.String())
	require.NotNil(t, address)
	response, err := s.client.Get("http://" + address[1] + "/debug/pprof/cmdline")
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}
