package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// post in the background.
func (s *service) posting(ctx context.Context, path, body string) <-chan reply {
	answer := make(chan reply, 1)
	request, err := http.NewRequestWithContext(ctx, "POST", s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	go func() {
		defer close(answer)
		if r, err := s.send(request); err == nil {
			answer <- r
		}
	}()
	return answer
}

// One text runs, one waits, the next is sent away.
func TestAFullQueue(t *testing.T) {
	m := &standIn{hold: make(chan struct{}), begun: make(chan struct{}, 10)}
	s := start(t, func(c *server.Config) { c.Queue, c.Runs = 1, 1 }, m)
	first := s.posting(t.Context(), "/v1/fingerprints", `{"texts":["a"]}`)
	<-m.begun
	second := s.posting(t.Context(), "/v1/fingerprints", `{"texts":["a"]}`)
	require.Eventually(t, func() bool { return strings.Contains(s.get("/metrics").body, "q2_queue_texts 1\n") }, eventually, tick)

	r := s.post("/v1/fingerprints", `{"texts":["a"]}`)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "1", r.header.Get("Retry-After"))
	assert.Equal(t, "busy", r.problem(t).Code)
	close(m.hold)
	assert.Equal(t, http.StatusOK, (<-first).status)
	assert.Equal(t, http.StatusOK, (<-second).status)
}

func TestAFullQueueOfActivations(t *testing.T) {
	m := &standIn{hold: make(chan struct{}), begun: make(chan struct{}, 10)}
	s := start(t, func(c *server.Config) { c.Queue, c.Runs = 1, 1 }, m)
	const body = `{"texts":["a"],"activation":true}`
	first := s.posting(t.Context(), "/v1/fingerprints", body)
	<-m.begun
	second := s.posting(t.Context(), "/v1/fingerprints", body)
	require.Eventually(t, func() bool {
		return strings.Contains(s.get("/metrics").body, `q2_gate_waiting{what="activations"} 1`+"\n")
	}, eventually, tick)
	r := s.post("/v1/fingerprints", body)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "1", r.header.Get("Retry-After"))
	close(m.hold)
	assert.Equal(t, http.StatusOK, (<-first).status)
	assert.Equal(t, http.StatusOK, (<-second).status)
}

func TestAnAnswerThatComesTooLate(t *testing.T) {
	for name, change := range map[string]func(*server.Config){
		"queue":   func(c *server.Config) { c.QueueTimeout = 10 * time.Millisecond },
		"handler": func(c *server.Config) { c.HandlerTimeout = 10 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			m := &standIn{hold: make(chan struct{})}
			s := start(t, change, m)
			r := s.post("/v1/fingerprints", `{"texts":["a"]}`)
			close(m.hold)
			assert.Equal(t, http.StatusServiceUnavailable, r.status)
			assert.Equal(t, "timeout", r.problem(t).Code)
			assert.Equal(t, "1", r.header.Get("Retry-After"))
			require.Eventually(t, func() bool { return s.post("/v1/fingerprints", `{"texts":["a"]}`).status == http.StatusOK }, eventually, tick)
		})
	}
}

func TestABodyThatIsTooLong(t *testing.T) {
	s := start(t, nil, nil)
	body := `{"texts":["` + strings.Repeat("a", 10<<20) + `"]}`
	for _, path := range []string{"/v1/fingerprints", "/v1/quantise", "/v1/distance"} {
		r := s.post(path, body)
		p := r.problem(t)
		assert.Equal(t, http.StatusRequestEntityTooLarge, r.status)
		assert.Equal(t, "at most 4194304 bytes", p.Limit)
		assert.Equal(t, "body", p.Field)
	}
	for _, path := range []string{"/v1/fingerprints", "/v1/quantise"} {
		connection := s.talk(strings.Replace(strings.Replace(header, "1000", "10485760", 1), "/v1/fingerprints", path, 1))
		r := s.answerOn(connection)
		assert.Equal(t, http.StatusRequestEntityTooLarge, r.status, "before a byte of the body has come")
		assert.Equal(t, "10485760 bytes", r.problem(t).Value)
	}
	s = start(t, func(c *server.Config) { c.MaxBody = 16 }, nil)
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["ab"]}`).status, "just as long")
	assert.Equal(t, http.StatusRequestEntityTooLarge, s.post("/v1/fingerprints", `{"texts":["abc"]}`).status)
}

// talk opens a connection and sends what it is given.
func (s *service) talk(text string) net.Conn {
	connection, err := net.Dial("tcp", s.Addr().String())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = connection.Close() })
	require.NoError(s.t, connection.SetDeadline(time.Now().Add(eventually)))
	_, err = io.WriteString(connection, text)
	require.NoError(s.t, err)
	return connection
}

// answerOn reads one answer from a connection, with its problem.
func (s *service) answerOn(connection net.Conn) reply {
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(s.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return reply{response.StatusCode, response.Header, nil, string(body)}
}

func (s *service) isClosed(connection net.Conn) {
	s.t.Helper()
	_, err := io.Copy(io.Discard, connection)
	if err != nil {
		assert.ErrorContains(s.t, err, "reset by peer", "the server is to close the connection")
	}
}

const header = "POST /v1/fingerprints HTTP/1.1\r\nHost: q2\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"

// A client that sends its header or its body drop by drop is cut off, however long it goes on.
func TestSlowLoris(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.HeaderTimeout, c.BodyTimeout, c.MinRate, c.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond, 1<<20, 50*time.Millisecond
	}, nil)
	t.Run("header", func(t *testing.T) {
		connection := s.talk("POST /v1/fingerprints HTTP/1.1\r\nHost: q2\r\n")
		s.isClosed(connection)
	})
	t.Run("header drop by drop", func(t *testing.T) {
		connection := s.talk("POST /v1/fingerprints HTTP/1.1\r\n")
		drip(connection, "X-A: b\r\n")
		s.isClosed(connection)
	})
	t.Run("body that stops", func(t *testing.T) {
		connection := s.talk(header + `{"texts":[`)
		r := s.answerOn(connection)
		assert.Equal(t, http.StatusRequestTimeout, r.status)
		assert.Equal(t, "timeout", r.problem(t).Code)
		s.isClosed(connection)
	})
	t.Run("body drop by drop", func(t *testing.T) {
		connection := s.talk(header)
		drip(connection, " ")
		s.isClosed(connection)
	})
	t.Run("stream drop by drop", func(t *testing.T) {
		connection := s.talk("POST /v1/quantise HTTP/1.1\r\nHost: q2\r\nContent-Type: application/octet-stream\r\nQ2-Dtype: fp32\r\nQ2-Shape: *,4\r\nTransfer-Encoding: chunked\r\n\r\n")
		drip(connection, "1\r\nx\r\n")
		s.isClosed(connection)
	})
	t.Run("body that nobody reads", func(t *testing.T) {
		connection := s.talk(strings.Replace(header, "/v1/fingerprints", "/healthz", 1))
		s.isClosed(connection)
	})
	t.Run("idle", func(t *testing.T) {
		connection := s.talk("GET /healthz HTTP/1.1\r\nHost: q2\r\n\r\n")
		s.isClosed(connection)
	})
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["a"]}`).status)
}

// drip sends until the other side has had enough.
func drip(w io.Writer, drop string) {
	for {
		if _, err := io.WriteString(w, drop); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A body that comes slowly, but at the least rate, is taken.
func TestABodyAtTheLeastRate(t *testing.T) {
	s := start(t, func(c *server.Config) { c.BodyTimeout, c.MinRate = 300*time.Millisecond, 10 }, nil)
	const body = `{"texts":["a"]}`
	connection := s.talk(strings.Replace(header, "1000", fmt.Sprint(len(body)), 1))
	for _, c := range body {
		_, err := connection.Write([]byte{byte(c)})
		require.NoError(t, err)
		time.Sleep(40 * time.Millisecond) // 600 ms in all
	}
	assert.Equal(t, http.StatusOK, s.answerOn(connection).status)
	_, err := io.WriteString(connection, "GET /healthz HTTP/1.1\r\nHost: q2\r\n\r\n")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, s.answerOn(connection).status, "the connection has no end of patience left over")
}

// Clients that go away, at each point, leave nothing behind and cost nobody else an answer.
func TestClientsThatVanish(t *testing.T) {
	m := &standIn{hold: make(chan struct{}), begun: make(chan struct{}, 100)}
	s := start(t, func(c *server.Config) { c.Runs = 1; c.MaxBatch = 1 }, m)
	ctx, leave := context.WithCancel(t.Context())
	running := s.posting(ctx, "/v1/fingerprints", `{"texts":["a"]}`)
	<-m.begun
	waiting := s.posting(ctx, "/v1/fingerprints", `{"texts":["a"]}`)
	staying := s.posting(t.Context(), "/v1/fingerprints", `{"texts":["b"]}`)
	require.Eventually(t, func() bool { return strings.Contains(s.get("/metrics").body, "q2_queue_texts 2\n") }, eventually, tick)
	leave()
	<-running
	<-waiting
	require.Eventually(t, func() bool { return strings.Contains(s.get("/metrics").body, "q2_texts_cancelled_total 2\n") }, eventually, tick)
	close(m.hold)
	assert.Equal(t, http.StatusOK, (<-staying).status)

	for _, half := range []string{header + `{"texts":["a`, header, "POST /v1/fing"} {
		require.NoError(t, s.talk(half).Close())
	}
	require.Eventually(t, func() bool { return s.inFlight() == 1 }, eventually, tick, "only the scrape itself")
	assert.Equal(t, int64(2), m.ran.Load(), "the one that ran, and the one that stayed; not the one that waited")
	assert.Contains(t, s.log.String(), "status=499")
	assert.NotContains(t, s.log.String(), "level=ERROR")
}

func (s *service) inFlight() (count int) {
	for line := range strings.Lines(s.get("/metrics").body) {
		if _, err := fmt.Sscanf(line, "q2_http_requests_in_flight %d", &count); err == nil {
			return count
		}
	}
	return -1
}

func TestRates(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Rate, c.Burst = 0.001, 3 }, nil)
	for range 3 {
		assert.Equal(t, http.StatusOK, s.get("/v1/model").status)
	}
	r := s.get("/v1/model")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "rate", r.problem(t).Code)
	assert.Regexp(t, `^(999|1000)$`, r.header.Get("Retry-After"))
	assert.Equal(t, http.StatusOK, s.get("/healthz").status)

	s = start(t, func(c *server.Config) { c.TokenRate, c.MaxTokens = 0.001, 10 }, nil)
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"token_ids":[[3,3,3,3,3,3]]}`).status)
	assert.Equal(t, http.StatusTooManyRequests, s.post("/v1/fingerprints", `{"token_ids":[[3,3,3,3,3]]}`).status)
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"token_ids":[[3,3,3,3]]}`).status, "a refusal costs nothing")
}

// However many clients come, only so many are remembered, and one that comes all the time is never forgotten.
func TestRatesOfManyClients(t *testing.T) {
	take, remembered := server.Rates(0.001, 1)
	now := time.Now()
	assert.Zero(t, take("steady", now))
	for i := range 5 * server.MaxClients {
		assert.Zero(t, take(fmt.Sprint(i), now))
		if i%(server.MaxClients/2) == 0 {
			assert.Positive(t, take("steady", now), "after %d others", i)
		}
	}
	assert.LessOrEqual(t, remembered(), 2*server.MaxClients)
}

// The patience with a body ends when the body does: what the handler takes after that is not the client's fault.
func TestAHandlerThatTakesLongerThanTheBodyMay(t *testing.T) {
	s := start(t, func(c *server.Config) { c.BodyTimeout, c.MinRate = 200*time.Millisecond, 1<<20 }, &standIn{takes: 500 * time.Millisecond})
	assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["a"]}`).status)
}

// A stream may take longer than any other request, as long as it goes on.
func TestAStreamThatTakesLongerThanAHandlerMay(t *testing.T) {
	s := start(t, func(c *server.Config) { c.HandlerTimeout, c.WriteTimeout = 500*time.Millisecond, 500*time.Millisecond }, nil)
	body, rows := io.Pipe()
	go func() {
		for range 12 {
			_, _ = io.CopyN(rows, &ones{1 << 20}, 256<<10) // a chunk
			time.Sleep(120 * time.Millisecond)
		}
		_ = rows.Close()
	}()
	request, err := http.NewRequest("POST", s.url+"/v1/quantise", body)
	require.NoError(t, err)
	for name, value := range streamHeader("q8", "*,1024") {
		request.Header.Set(name, value)
	}
	r, err := s.send(request)
	require.NoError(t, err)
	assert.Len(t, readRows(t, r.body), 12*256)
}

// A client that does not read its answer is given up.
func TestAClientThatDoesNotRead(t *testing.T) {
	s := start(t, func(c *server.Config) { c.WriteTimeout = 100 * time.Millisecond }, nil)
	connection := s.talk("POST /v1/quantise HTTP/1.1\r\nHost: q2\r\nContent-Type: application/octet-stream\r\nQ2-Dtype: q8\r\nQ2-Shape: *,4\r\nContent-Length: 67108864\r\n\r\n")
	_, err := io.CopyN(connection, &ones{1 << 26}, 1<<26)
	assert.Error(t, err, "the server took all of it, and nobody its answer")
	require.Eventually(t, func() bool { return s.inFlight() == 1 }, eventually, tick)
}

func TestAHeaderThatIsTooLong(t *testing.T) {
	s := start(t, nil, nil)
	connection := s.talk("GET /healthz HTTP/1.1\r\nHost: q2\r\nX-A: " + strings.Repeat("a", 80<<10) + "\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	_ = response.Body.Close()
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
}

// A panic within an answer cuts it off: nobody takes the half for the whole.
func TestAPanicWithinAnAnswer(t *testing.T) {
	s := start(t, nil, nil)
	front := httptest.NewServer(server.Observed(s.Server, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("in the midst")
	}))
	defer front.Close()
	response, err := http.Get(front.URL)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	assert.Error(t, err)
	assert.Contains(t, s.log.String(), "in the midst")
	http.DefaultClient.CloseIdleConnections()
}
