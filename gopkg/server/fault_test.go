//go:build unix

package server_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pointOf is a point whose code and payload follow from its id.
func pointOf(id uint64) (body, code string) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], id*0x9e3779b97f4a7c15)
	code = base64.StdEncoding.EncodeToString(b[:])
	return fmt.Sprintf(`{"id":%d,"code":"%s","payload":{"id":%d}}`, id, code, id), code
}

// What clients may do wrong, to a server in a process of its own that has other things to do: each gets what it must get, the others never notice, and nothing
// of it is left.
func TestFaultsUnderLoad(t *testing.T) {
	c := defaults(t)
	c.HeaderTimeout, c.BodyTimeout, c.MinRate = time.Second, time.Second, 1<<20
	s := startChild(t, c)
	l := newLoad(t, s.service)
	l.start()
	for _, fault := range []struct {
		name string
		do   func(t *testing.T, s *service)
	}{
		{"clients that vanish", vanishing}, {"slow-loris", lorises}, {"bodies of 10 MB", longBodies}, {"what is not UTF-8", notUTF8},
	} {
		t.Run(fault.name, func(t *testing.T) {
			mine := *s.service
			mine.t = t
			l.during(func() { fault.do(t, &mine) })
		})
	}
	l.stop()
	assert.NotContains(t, s.log.String(), "level=ERROR")
	require.NoError(t, s.command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.command.Wait())
	startChild(t, c).holds(l.acknowledged)
}

// many does something so often at the same time.
func many(count int, do func(i int)) {
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// dial opens a connection and sends what it is given; nil if that can't be done, which fails the test.
func (s *service) dial(text string) net.Conn {
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if !assert.NoError(s.t, err) {
		return nil
	}
	_ = connection.SetDeadline(time.Now().Add(eventually))
	_, err = io.WriteString(connection, text)
	assert.NoError(s.t, err)
	return connection
}

// vanishing clients go within the header, within the body, while they wait, and while an answer comes; some take the connection down hard.
func vanishing(t *testing.T, s *service) {
	const body = `{"texts":["Knead the dough"]}`
	whole := strings.Replace(header, "1000", fmt.Sprint(len(body)), 1) + body
	stream := "POST /v1/quantise HTTP/1.1\r\nHost: q2\r\nContent-Type: application/octet-stream\r\nQ2-Dtype: q8\r\nQ2-Shape: 4096,1024\r\nContent-Length: 4194304\r\n\r\n" + strings.Repeat("x", 1<<20)
	ways := []string{"POST /v1/fing", header, header + body, whole, whole, stream}
	for round := range 8 {
		many(60, func(i int) {
			connection := s.dial(ways[i%len(ways)])
			if connection == nil {
				return
			}
			if i%2 == 0 {
				_ = connection.(*net.TCPConn).SetLinger(0) // a reset
			}
			time.Sleep(time.Duration(i*round) * time.Millisecond / 4)
			_ = connection.Close()
		})
	}
	many(100, func(i int) {
		ctx, leave := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond/4)
		defer leave()
		for range s.posting(ctx, "/v1/fingerprints", body) {
		}
	})
}

// lorises send drop by drop, until the server has had enough.
func lorises(t *testing.T, s *service) {
	starts := []string{
		"POST /v1/fingerprints HTTP/1.1\r\nHost: q2\r\n", header, strings.Replace(header, "/v1/fingerprints", "/healthz", 1),
		"POST /v1/quantise HTTP/1.1\r\nHost: q2\r\nContent-Type: application/octet-stream\r\nQ2-Dtype: fp32\r\nQ2-Shape: *,4\r\nTransfer-Encoding: chunked\r\n\r\n",
	}
	drops := []string{"X-A: b\r\n", " ", " ", "1\r\nx\r\n"}
	many(40, func(i int) {
		if connection := s.dial(starts[i%len(starts)]); connection != nil {
			defer connection.Close()
			drip(connection, drops[i%len(drops)])
			s.isClosed(connection)
		}
	})
}

// longBodies are refused, whether they say beforehand how long they are or not.
func longBodies(t *testing.T, s *service) {
	const size = 10 << 20
	many(24, func(i int) {
		request, err := http.NewRequest("POST", s.url+[]string{"/v1/fingerprints", "/v1/quantise", "/v1/distance"}[i%3], io.MultiReader(strings.NewReader(`{"texts":["`), &ones{size}))
		if !assert.NoError(t, err) {
			return
		}
		if i%2 == 0 {
			request.ContentLength = size
		}
		request.Header.Set("Content-Type", "application/json")
		r, err := s.send(request)
		if assert.NoError(t, err) {
			assert.Equal(t, []any{http.StatusRequestEntityTooLarge, "too_large"}, []any{r.status, r.problem(t).Code})
		}
	})
}

// notUTF8 sends bytes that are no UTF-8 wherever bytes can be: in the body, the path, the query, the header.
func notUTF8(t *testing.T, s *service) {
	many(60, func(i int) {
		for _, c := range []struct {
			method, path, body, request string
			status                      int
		}{
			{"POST", "/v1/fingerprints", "{\"texts\":[\"knead \xff\"]}", "", 400},
			{"POST", "/v1/fingerprints", "{\"te\xc3\":[\"knead\"]}", "", 400},
			{"POST", "/v1/fingerprints", "\xff\xfe{}", "", 400},
			{"POST", "/v1/fingerprints", "{\"conversations\":[[{\"role\":\"user\",\"content\":\"\xed\xa0\x80\"}]]}", "", 400},
			{"PUT", "/v1/collections/written/points", "{\"points\":[{\"id\":1,\"code\":\"AAAAAAAAAAA=\",\"payload\":{\"a\":\"\xf5\"}}]}", "", 400},
			{"POST", "/v1/collections/fixed/search", "{\"text\":\"\xc0\x80\"}", "", 400},
			{"PUT", "/v1/collections/%ff%fe", "{}", "", 400},
			{"GET", "/v1/collections/fixed/bucket?key=%ff", "", "", 400},
			{"GET", "/v1/collections/fixed/bucket?%ff=1", "", "", 400},
			{"GET", "/v1/model", "", "\xff\xfe", 200},
		} {
			r := s.do(c.method, c.path, c.body, map[string]string{"Content-Type": "application/json", "X-Request-Id": c.request})
			assert.Equal(t, c.status, r.status, "%s %q %q: %s", c.method, c.path, c.body, r.body)
		}
	})
}

// A server that is killed at any moment, with every kind of request under way, has, when it is started again, every point that it acknowledged, whole.
func TestKilledUnderLoadAndStartedAgain(t *testing.T) {
	c := defaults(t)
	var next uint64
	var all, fresh []uint64
	for range 5 {
		s := startChild(t, c)
		l := newLoad(t, s.service)
		s.holds(fresh)
		l.next.Store(next)
		var killed atomic.Bool
		l.excused = func(_ string, _ reply, err error) bool { return err != nil && killed.Load() }
		l.start()
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		killed.Store(true)
		s.kill()
		l.clients.Wait()
		next, fresh = l.next.Load(), l.acknowledged
		require.NotEmpty(t, fresh)
		all = append(all, fresh...)
	}
	s := startChild(t, c)
	s.holds(fresh)
	s.holds(all)
	points := decode[struct {
		Points int `json:"points"`
	}](t, s.get("/v1/collections/written")).Points
	assert.GreaterOrEqual(t, points, len(all))
	t.Logf("%d points acknowledged over 5 kills, all there, and %d that were not", len(all), points-len(all))
}

// SIGTERM under load: each request that the server took is answered as ever, and the answer arrives; the others are told that it stops; the exit status
// is 0, and what was acknowledged is there afterwards.
func TestSIGTERMUnderLoad(t *testing.T) {
	c := defaults(t)
	c.LogFormat = "json"
	s := startChild(t, c)
	l := newLoad(t, s.service)
	var told, gone atomic.Int64
	var stopping atomic.Bool
	l.excused = func(_ string, r reply, err error) bool {
		if !stopping.Load() {
			return false
		}
		if err != nil {
			gone.Add(1) // the listener is closed
			return true
		}
		told.Add(1)
		return r.status == http.StatusServiceUnavailable && r.problem(t).Code == "draining" && r.header.Get("Retry-After") == "1"
	}
	l.start()
	stopping.Store(true)
	require.NoError(t, s.command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.command.Wait(), "the exit status is 0")
	l.clients.Wait()
	done := int64(0)
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"msg":"request"`) && strings.Contains(line, `"status":200`) {
			done++
		}
	}
	assert.Equal(t, done-1, l.answered.Load(), "what the server answered, but for the points of the load's own collection, and what clients got")
	assert.EqualValues(t, loadClients, gone.Load())
	startChild(t, c).holds(l.acknowledged)
	t.Logf("%d answered, %d told that the server stops", l.answered.Load(), told.Load())
}
