package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// defaults are what the tags say, on any free port.
func defaults(t testing.TB) server.Config {
	t.Helper()
	var c server.Config
	parser, err := kong.New(&c)
	require.NoError(t, err)
	_, err = parser.Parse(nil)
	require.NoError(t, err)
	c.Listen, c.Data = "127.0.0.1:0", filepath.Join(t.TempDir(), "secret-data")
	return c
}

// service is a server that runs while a test does.
type service struct {
	*server.Server
	t      testing.TB
	url    string
	client *http.Client
	model  *standIn
	log    *lines
	stop   context.CancelFunc
	ended  chan error // Run's answer
}

// lines must not embed the buffer: its ReadFrom, which io.Copy prefers, would go past the mutex.
type lines struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(b)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

// start runs a server over the stand-in, and waits until it is ready.
func start(t testing.TB, change func(*server.Config), m *standIn) *service {
	t.Helper()
	c := defaults(t)
	if change != nil {
		change(&c)
	}
	if m == nil {
		m = &standIn{}
	}
	s := launch(t, c, m, func() (*server.Model, error) { return newModel(t, m), nil })
	s.waitReady()
	return s
}

func launch(t testing.TB, c server.Config, m *standIn, load func() (*server.Model, error)) *service {
	t.Helper()
	log := &lines{}
	instance, err := server.New(c, server.Parts{LoadModel: load, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	require.NoError(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	ctx, stop := context.WithCancel(context.Background())
	s := &service{Server: instance, t: t, url: "http://" + instance.Addr().String(), client: &http.Client{Transport: transport}, model: m, log: log,
		stop: stop, ended: make(chan error, 1)}
	go func() { s.ended <- instance.Run(ctx); close(s.ended) }()
	t.Cleanup(func() {
		stop()
		transport.CloseIdleConnections()
		<-s.ended
	})
	return s
}

// reply is an answer, whole.
type reply struct {
	status  int
	header  http.Header
	trailer http.Header
	body    string
}

func (r reply) problem(t testing.TB) (p server.Problem) {
	t.Helper()
	require.Equal(t, "application/problem+json", r.header.Get("Content-Type"), r.body)
	require.NoError(t, json.Unmarshal([]byte(r.body), &p), r.body)
	return p
}

func decode[T any](t testing.TB, r reply) (v T) {
	t.Helper()
	require.Equal(t, http.StatusOK, r.status, r.body)
	require.NoError(t, json.Unmarshal([]byte(r.body), &v), r.body)
	return v
}

func (s *service) get(path string) reply { s.t.Helper(); return s.do("GET", path, "", nil) }

func (s *service) post(path, body string) reply {
	s.t.Helper()
	return s.do("POST", path, body, map[string]string{"Content-Type": "application/json"})
}

func (s *service) do(method, path, body string, header map[string]string) reply {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	r, err := s.send(request)
	require.NoError(s.t, err)
	return r
}

// send also looks over every error for what must not leave the server.
func (s *service) send(request *http.Request) (r reply, err error) {
	response, err := s.client.Do(request)
	if err != nil {
		return r, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	r = reply{response.StatusCode, response.Header, response.Trailer, string(body)}
	if response.StatusCode >= 400 {
		tellsNothing(s.t, r, said(request))
	}
	return r, err
}

// said is what a request has told itself, as far as it can be read again.
func said(request *http.Request) string {
	if request.GetBody == nil {
		return request.URL.String()
	}
	body, err := request.GetBody()
	if err != nil {
		return request.URL.String()
	}
	text, _ := io.ReadAll(body)
	return request.URL.String() + string(text)
}

// tellsNothing holds an error to problem+json with a title, a code and an id, and without paths, keys, types or stacks, unless the request has them: its field
// names and values are repeated.
func tellsNothing(t testing.TB, r reply, request string) {
	t.Helper()
	p := r.problem(t)
	assert.Equal(t, r.status, p.Status)
	assert.Equal(t, "about:blank", p.Type)
	assert.Equal(t, http.StatusText(r.status), p.Title)
	assert.NotEmpty(t, p.Code)
	assert.NotEmpty(t, p.Detail)
	assert.Equal(t, r.header.Get("X-Request-Id"), p.ID)
	for _, secret := range []string{"/tmp", "/srv", "/root", "/home", os.TempDir(), ".go:", "goroutine", "panic", "runtime", "secret", "server.", "0x", "MatMul"} {
		if !strings.Contains(request, secret) && !strings.Contains(request, `\u`) {
			assert.NotContains(t, r.body, secret)
		}
	}
}

// How long a test waits for what must come, and how often it looks.
const (
	eventually = 20 * time.Second
	tick       = time.Millisecond
)
