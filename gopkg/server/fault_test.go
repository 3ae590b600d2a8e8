//go:build unix

package server_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
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

// A server that is killed at any moment has, when it is started again, every point that it acknowledged, whole.
func TestKilledAndStartedAgain(t *testing.T) {
	c := defaults(t)
	var next atomic.Uint64
	acknowledged, fresh := []uint64{}, []uint64{}
	for round := range 6 {
		s := startChild(t, c)
		if round == 0 {
			require.Equal(t, http.StatusCreated, s.put("/v1/collections/points", `{"n":32}`).status)
		}
		s.holds(fresh)
		acknowledged, fresh = append(acknowledged, fresh...), nil
		var mutex sync.Mutex
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for {
					first := next.Add(10) - 10
					var all []string
					for id := first; id < first+10; id++ {
						body, _ := pointOf(id)
						all = append(all, body)
					}
					request, _ := http.NewRequest("PUT", s.url+"/v1/collections/points/points", strings.NewReader(`{"points":[`+strings.Join(all, ",")+`]}`))
					request.Header.Set("Content-Type", "application/json")
					r, err := s.send(request)
					if err != nil || r.status != http.StatusOK {
						return
					}
					mutex.Lock()
					for id := first; id < first+10; id++ {
						fresh = append(fresh, id)
					}
					mutex.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		s.kill()
		writers.Wait()
	}
	require.NotEmpty(t, acknowledged)
	s := startChild(t, c)
	s.holds(fresh)
	rand.Shuffle(len(acknowledged), func(i, j int) { acknowledged[i], acknowledged[j] = acknowledged[j], acknowledged[i] })
	s.holds(acknowledged[:min(len(acknowledged), 1000)])
	acknowledged = append(acknowledged, fresh...)
	assert.GreaterOrEqual(t, decode[struct {
		Points int `json:"points"`
	}](t, s.get("/v1/collections/points")).Points, len(acknowledged))
	t.Logf("%d points acknowledged over 6 kills, all there", len(acknowledged))
}

func (c child) holds(ids []uint64) {
	c.t.Helper()
	for _, id := range ids {
		_, code := pointOf(id)
		got := decode[entry](c.t, c.get(fmt.Sprintf("/v1/collections/points/points/%d", id)))
		require.Equal(c.t, code, got.Packed)
		require.Equal(c.t, map[string]any{"id": float64(id)}, got.Payload)
	}
}

// SIGTERM under load: each request that the server took is answered and arrives, the others are told that it stops, and the exit status is 0.
func TestSIGTERMUnderLoad(t *testing.T) {
	c := defaults(t)
	c.LogFormat = "json"
	s := startChild(t, c)
	var answered, refused atomic.Int64
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for {
				request, _ := http.NewRequest("POST", s.url+"/v1/fingerprints", strings.NewReader(`{"texts":["knead"]}`))
				request.Header.Set("Content-Type", "application/json")
				r, err := s.send(request)
				if err != nil {
					return // the listener is closed
				}
				switch r.status {
				case http.StatusOK:
					answered.Add(1)
				case http.StatusServiceUnavailable:
					assert.Equal(t, "draining", r.problem(t).Code)
					refused.Add(1)
				default:
					t.Errorf("%d %s", r.status, r.body)
				}
			}
		})
	}
	require.Eventually(t, func() bool { return answered.Load() > 100 }, eventually, tick)
	require.NoError(t, s.command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.command.Wait(), "the exit status is 0")
	clients.Wait()
	done := int64(0)
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"route":"/v1/fingerprints"`) && strings.Contains(line, `"status":200`) {
			done++
		}
	}
	assert.Equal(t, done, answered.Load(), "what the server answered, and what clients got")
	t.Logf("%d answered, %d told that the server stops", answered.Load(), refused.Load())
}
