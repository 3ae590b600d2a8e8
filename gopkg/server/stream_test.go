package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/gopkg/server"
)

func floatRows(seed uint64, rows, n int) []byte {
	r, data := rand.New(rand.NewPCG(seed, 1)), make([]byte, 0, 4*rows*n)
	for range rows * n {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(r.NormFloat64())))
	}
	return data
}

type row struct {
	Row         int    `json:"row"`
	Packed      string `json:"packed"`
	Key         string `json:"key"`
	Symbols     string `json:"symbols"`
	Transitions uint32 `json:"transitions"`
	Error       string `json:"error"`
}

func wantedRow(t *testing.T, at int, data []byte, n int, dtype reference.Dtype) row {
	t.Helper()
	packed := make([]byte, (n+3)/4)
	bits, transitions, err := reference.Quantise(packed, data, 1, n, dtype)
	require.NoError(t, err)
	key := q2.TransitionKey{Bits: bits, Transitions: transitions}
	return row{Row: at, Packed: base64.StdEncoding.EncodeToString(packed), Key: key.Hex(), Symbols: key.Symbols(), Transitions: transitions}
}

func streamHeader(dtype, shape string) map[string]string {
	return map[string]string{"Content-Type": "application/octet-stream", "Q2-Dtype": dtype, "Q2-Shape": shape}
}

func readRows(t *testing.T, body string) (all []row) {
	t.Helper()
	for line := range strings.Lines(body) {
		var r row
		require.NoError(t, json.Unmarshal([]byte(line), &r), line)
		all = append(all, r)
	}
	return all
}

func TestAStreamOfRows(t *testing.T) {
	s := start(t, nil, nil)
	const rows, n = 1000, 100 // two chunks
	data := floatRows(1, rows, n)
	binary.LittleEndian.PutUint32(data[4*n*700:], math.Float32bits(float32(math.Inf(1))))
	var want []row
	var codes []byte
	for at := range rows {
		if at == 700 {
			want, codes = append(want, row{Row: at, Error: "not_finite"}), append(codes, make([]byte, n/4)...)
			continue
		}
		w := wantedRow(t, at, data[4*n*at:4*n*(at+1)], n, reference.FP32)
		want = append(want, w)
		packed, err := base64.StdEncoding.DecodeString(w.Packed)
		require.NoError(t, err)
		codes = append(codes, packed...)
	}
	for _, shape := range []string{"1000,100", "*,100", " 1000 , 100 "} {
		r := s.do("POST", "/v1/quantise", string(data), streamHeader("fp32", shape))
		require.Equal(t, http.StatusOK, r.status, r.body)
		assert.Equal(t, "application/x-ndjson", r.header.Get("Content-Type"))
		assert.Equal(t, "1", r.trailer.Get("Q2-Refused-Rows"))
		assert.Equal(t, want, readRows(t, r.body))
	}
	h := streamHeader("fp32", "*,100")
	h["Accept"] = "application/octet-stream"
	r := s.do("POST", "/v1/quantise", string(data), h)
	require.Equal(t, http.StatusOK, r.status, r.body)
	assert.Equal(t, "1", r.trailer.Get("Q2-Refused-Rows"))
	assert.True(t, bytes.Equal(codes, []byte(r.body)))
}

func TestStreamsOfEveryType(t *testing.T) {
	s := start(t, nil, nil)
	r := rand.New(rand.NewPCG(2, 2))
	for name, dtype := range map[string]reference.Dtype{"fp16": reference.FP16, "bf16": reference.BF16, "q8": reference.Q8, "q4": reference.Q4} {
		q, err := q2.ParseDtype(name)
		require.NoError(t, err)
		data := make([]byte, q.RowBytes(32))
		for i := range data {
			data[i] = byte(r.Uint32()) & 0xbf // no exponent of all ones
		}
		got := s.do("POST", "/v1/quantise", string(data), streamHeader(name, "1,32"))
		require.Equal(t, http.StatusOK, got.status, got.body)
		assert.Equal(t, []row{wantedRow(t, 0, data, 32, dtype)}, readRows(t, got.body), name)
	}
}

func TestJSONRows(t *testing.T) {
	s := start(t, nil, nil)
	r := s.post("/v1/quantise", `{"rows":[[0.7,-0.1,0.02,-1.3,0.4],[1,1,1,1,1]]}`)
	var got struct {
		N    int   `json:"n"`
		Rows []row `json:"rows"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &got), r.body)
	assert.Equal(t, 5, got.N)
	var want []row
	for at, x := range [][]float32{{0.7, -0.1, 0.02, -1.3, 0.4}, {1, 1, 1, 1, 1}} {
		want = append(want, wantedRow(t, at, q2.Float32Row(x).Data, 5, reference.FP32))
	}
	assert.Equal(t, want, got.Rows)
}

func TestBadStreams(t *testing.T) {
	s := start(t, func(c *server.Config) { c.MaxStream = 64 }, nil)
	for _, c := range []struct {
		dtype, shape, accept, body string
		status                     int
		code, field                string
	}{
		{"", "1,4", "", "", 400, "invalid", "header Q2-Dtype"},
		{"fp64", "1,4", "", "", 400, "invalid", "header Q2-Dtype"},
		{"q2", "1,4", "", "", 400, "invalid", "header Q2-Dtype"},
		{"fp32", "", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "4", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "1,0", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "1,1048577", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "0,4", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "-1,4", "", "", 400, "invalid", "header Q2-Shape"},
		{"q4", "1,3", "", "", 400, "invalid", "header Q2-Shape"},
		{"fp32", "5,4", "", "", 413, "too_large", "header Q2-Shape"},
		{"fp32", "9223372036854775807,4", "", "", 413, "too_large", "header Q2-Shape"},
		{"fp32", "2,4", "", strings.Repeat("x", 31), 400, "invalid", "header Q2-Shape"},
		{"fp32", "2,4", "", strings.Repeat("x", 33), 400, "invalid", "header Q2-Shape"},
		{"fp32", "*,4", "", strings.Repeat("x", 17), 400, "invalid", "body"},
		{"fp32", "*,4", "", strings.Repeat("x", 65), 413, "too_large", "body"},
		{"fp32", "1,4", "text/html", strings.Repeat("x", 16), 406, "accept", "header Accept"},
	} {
		h := streamHeader(c.dtype, c.shape)
		if c.accept != "" {
			h["Accept"] = c.accept
		}
		r := s.do("POST", "/v1/quantise", c.body, h)
		p := r.problem(t)
		assert.Equal(t, []any{c.status, c.code, c.field}, []any{p.Status, p.Code, p.Field}, "%s %q: %s", c.shape, c.body, r.body)
	}
}

// zeros is a body of so many rows that nobody holds in memory.
type ones struct{ left int64 }

func (o *ones) Read(b []byte) (int, error) {
	if o.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), o.left))
	for i := range b[:n] {
		b[i] = byte(i * 7)
	}
	o.left -= int64(n)
	return n, nil
}

// 256 MiB of rows pass through a server that never holds more than a few of them, and their codes come while rows still go.
func TestALongStreamInBoundedMemory(t *testing.T) {
	s := start(t, nil, nil)
	const rows, n = 1 << 16, 4096
	body := &ones{rows * n}
	request, err := http.NewRequest("POST", s.url+"/v1/quantise", body)
	require.NoError(t, err)
	for name, value := range streamHeader("q8", fmt.Sprintf("%d,%d", rows, n)) {
		request.Header.Set(name, value)
	}
	request.Header.Set("Accept", "application/octet-stream")
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	response, err := s.client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	var got int64
	for most := 0; ; {
		count, err := io.CopyN(io.Discard, response.Body, 1<<20)
		got += count
		if most++; most%16 == 0 {
			runtime.ReadMemStats(&during)
			assert.Less(t, int64(during.HeapAlloc)-int64(before.HeapAlloc), int64(32<<20))
		}
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
	}
	assert.Equal(t, int64(rows*n/4), got)
	assert.Equal(t, "0", response.Trailer.Get("Q2-Refused-Rows"))
}

// A body that breaks off after codes were sent cuts the answer off: half of it can't be taken for the whole.
func TestAStreamThatBreaksOff(t *testing.T) {
	s := start(t, nil, nil)
	r, w := io.Pipe()
	request, err := http.NewRequest("POST", s.url+"/v1/quantise", r)
	require.NoError(t, err)
	for name, value := range streamHeader("q8", "1000,1000") {
		request.Header.Set(name, value)
	}
	go func() {
		_, _ = io.CopyN(w, &ones{1 << 20}, 900_500)
		_ = w.Close()
	}()
	response, err := s.client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, http.StatusOK, s.get("/healthz").status)
}
