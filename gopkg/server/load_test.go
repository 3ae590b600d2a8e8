//go:build unix

package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/reference"
)

// loadClients is how many clients a load has, each on one connection.
const loadClients = 6

// load is clients that ask for everything that the service does, again and again, while a test does something else to it. Each answer is held against
// what it must be; any other is a failure unless the test has said that it may come.
type load struct {
	t        *testing.T
	s        *service
	asked    []demand
	excused  func(what string, r reply, err error) bool
	pause    sync.RWMutex // held for reading during a request
	over     atomic.Bool
	clients  sync.WaitGroup
	turns    [loadClients]atomic.Int64 // requests that were answered as they must be
	answered atomic.Int64              // all of them
	next     atomic.Uint64             // id of a point

	mutex        sync.Mutex
	acknowledged []uint64 // points

	before census
}

// demand is a kind of request. right says whether an answer of status 200 is the one that it must be.
type demand struct {
	what, method, path string
	header             map[string]string
	body               func(turn uint64) string
	right              func(body string) bool
}

// newLoad makes the collections that a load needs, where they are not there, and the load, which start begins.
func newLoad(t *testing.T, s *service) *load {
	t.Helper()
	c := newCorpus(t, 200, 32)
	for _, name := range []string{"fixed", "written"} {
		require.Contains(t, []int{http.StatusCreated, http.StatusOK}, s.put("/v1/collections/"+name, `{"n":32}`).status)
	}
	require.Equal(t, http.StatusOK, s.put("/v1/collections/fixed/points", c.points()).status)
	l := &load{t: t, s: s, excused: func(string, reply, error) bool { return false }}
	l.asked = l.demands(c)
	return l
}

func (l *load) demands(c corpus) []demand {
	texts := []fingerprint{wanted(l.t, false, 1, 3, 4, 5, 2), wanted(l.t, false, 1, 6, 7, 8, 2)}
	rows := floatRows(3, 500, 32)
	var codes []byte
	for at := 0; at < len(rows); at += 128 {
		packed := make([]byte, 8)
		_, _, err := reference.Quantise(packed, rows[at:at+128], 1, 32, reference.FP32)
		require.NoError(l.t, err)
		codes = append(codes, packed...)
	}
	stream := streamHeader("fp32", "*,32")
	stream["Accept"] = "application/octet-stream"
	nearest := c.nearest(10, leeTo(c.codes[17], 32), nil)
	always := func(text string) func(uint64) string { return func(uint64) string { return text } }
	return []demand{
		{"fingerprints", "POST", "/v1/fingerprints", jsonBody, always(`{"texts":["Knead the dough","let it rise"]}`), func(body string) bool {
			var got fingerprints
			return json.Unmarshal([]byte(body), &got) == nil && assert.ObjectsAreEqual(fingerprints{dims, texts}, got)
		}},
		{"write", "PUT", "/v1/collections/written/points", jsonBody, func(first uint64) string {
			var points []string
			for id := first; id < first+pointsAWrite; id++ {
				body, _ := pointOf(id)
				points = append(points, body)
			}
			return `{"points":[` + strings.Join(points, ",") + `]}`
		}, func(body string) bool { return body == fmt.Sprintf(`{"upserted":%d}`+"\n", pointsAWrite) }},
		{"search", "POST", "/v1/collections/fixed/search", jsonBody, always(`{"code":"` + base64.StdEncoding.EncodeToString(c.codes[17]) + `","ranking":"lee"}`), func(body string) bool {
			var got found
			return json.Unmarshal([]byte(body), &got) == nil && slices.Equal(nearest, got.ids())
		}},
		{"activation", "POST", "/v1/fingerprints", jsonBody, always(`{"texts":["let it rise"],"activation":true}`), func(body string) bool {
			var got fingerprints
			return json.Unmarshal([]byte(body), &got) == nil && len(got.Fingerprints) == 1 && slices.Equal(hidden([]int64{1, 6, 7, 8, 2}), got.Fingerprints[0].Activation)
		}},
		{"stream", "POST", "/v1/quantise", stream, always(string(rows)), func(body string) bool { return body == string(codes) }},
		{"distance", "POST", "/v1/distance", jsonBody, always(`{"n":8,"a":"AAA=","b":["AAA=","VVU="]}`), func(body string) bool { return body == `{"metric":"lee","distances":[0,8]}`+"\n" }},
	}
}

// pointsAWrite is how many points one write of a load has.
const pointsAWrite = 4

// start begins the load; it goes on until the test ends or stop is called. Where nothing else goes on, the process is measured first.
func (l *load) start() {
	l.t.Cleanup(l.stop)
	for i := range loadClients {
		l.clients.Go(func() { l.client(i) })
	}
	l.cycle()
	l.pause.Lock()
	defer l.pause.Unlock()
	l.before = l.s.settled()
}

func (l *load) stop() {
	l.over.Store(true)
	l.clients.Wait()
}

// client sends one request after the other, each kind in its turn, until the load is over or the server is gone and may be.
func (l *load) client(i int) {
	transport := &http.Transport{MaxConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	mine := *l.s
	mine.client = &http.Client{Transport: transport}
	for at := i; !l.over.Load(); at++ {
		if !l.turn(&mine, i, l.asked[at%len(l.asked)]) {
			return
		}
	}
}

// turn is one request. It is false if there is no use in another.
func (l *load) turn(s *service, i int, d demand) bool {
	l.pause.RLock()
	defer l.pause.RUnlock()
	first := uint64(0)
	if d.what == "write" {
		first = l.next.Add(pointsAWrite) - pointsAWrite
	}
	request, err := http.NewRequest(d.method, s.url+d.path, strings.NewReader(d.body(first)))
	if err != nil {
		l.t.Error(err)
		return false
	}
	for name, value := range d.header {
		request.Header.Set(name, value)
	}
	r, err := s.send(request)
	if err == nil && r.status == http.StatusOK && d.right(r.body) {
		l.good(i, d, first)
		return true
	}
	if l.excused(d.what, r, err) {
		return err == nil
	}
	l.t.Errorf("a request of the load, %s, got %v %d %s", d.what, err, r.status, r.body)
	return false
}

func (l *load) good(i int, d demand, first uint64) {
	l.answered.Add(1)
	l.turns[i].Add(1)
	if d.what != "write" {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for id := first; id < first+pointsAWrite; id++ {
		l.acknowledged = append(l.acknowledged, id)
	}
}

// cycle waits until every client has had a right answer to each kind of request, from now on.
func (l *load) cycle() {
	l.t.Helper()
	var until [loadClients]int64
	for i := range until {
		until[i] = l.turns[i].Load() + int64(len(l.asked)) + 1
	}
	require.Eventually(l.t, func() bool {
		for i := range until {
			if l.turns[i].Load() < until[i] {
				return l.t.Failed()
			}
		}
		return true
	}, eventually, tick)
}

// during does something while the load goes on: it has gone on before, and each client is served as ever after it. Then, with nobody there but the load's
// idle connections, the server holds no more than it held before: no goroutine, file, socket, lease or place in a queue.
func (l *load) during(do func()) {
	l.t.Helper()
	before := l.answered.Load()
	do()
	l.cycle()
	l.t.Logf("%d requests of the load were answered meanwhile", l.answered.Load()-before)
	l.pause.Lock()
	defer l.pause.Unlock()
	l.s.client.CloseIdleConnections()
	var now census
	if !assert.Eventually(l.t, func() bool { now = l.s.census(); return now.within(l.before) }, eventually, tick) {
		l.t.Errorf("before: %v, after: %v", l.before, now)
	}
}

// pauseBriefly waits for what is under way.
func (l *load) pauseBriefly() {
	l.pause.Lock()
	defer l.pause.Unlock()
}

// holds looks for points that a server said it has.
func (s *service) holds(ids []uint64) {
	s.t.Helper()
	for _, id := range ids {
		_, code := pointOf(id)
		got := decode[entry](s.t, s.get(fmt.Sprintf("/v1/collections/written/points/%d", id)))
		require.Equal(s.t, code, got.Packed)
		require.Equal(s.t, map[string]any{"id": float64(id)}, got.Payload)
	}
}

// census is what a server holds, by the names of its metrics.
type census map[string]float64

var counted = regexp.MustCompile(`(?m)^(go_goroutines|process_open_fds|q2_arena_leases_in_use|q2_arena_waiting|q2_queue_texts|q2_running_texts|q2_gate_\w+\{[^}]*\}|q2_http_requests_in_flight) (\S+)$`)

func (s *service) census() census {
	c := census{}
	for _, line := range counted.FindAllStringSubmatch(s.get("/metrics").body, -1) {
		var value float64
		_, err := fmt.Sscan(line[2], &value)
		require.NoError(s.t, err)
		c[line[1]] = value
	}
	return c
}

// settled is the census once nothing but its own request is under way.
func (s *service) settled() (c census) {
	s.t.Helper()
	idle := census{"q2_http_requests_in_flight": 1}
	require.Eventually(s.t, func() bool {
		c = s.census()
		for name, value := range c {
			if strings.HasPrefix(name, "q2_") && value > idle[name] {
				return false
			}
		}
		return true
	}, eventually, tick)
	require.Len(s.t, c, 11)
	return c
}

func (c census) within(most census) bool {
	for name, value := range c {
		if value > most[name] {
			return false
		}
	}
	return len(c) == len(most)
}
