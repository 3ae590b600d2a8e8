package trace_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/tools/q2/internal/trace"
)

func TestWanted(t *testing.T) {
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	assert.False(t, trace.Wanted())
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
	assert.True(t, trace.Wanted())
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	assert.False(t, trace.Wanted())
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	assert.True(t, trace.Wanted())
	t.Setenv("OTEL_SDK_DISABLED", "true")
	assert.False(t, trace.Wanted())
}

// A request becomes a span that arrives at the collector, with its name; probes do not.
func TestSpansArrive(t *testing.T) {
	arrived := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- r.URL.Path + " " + string(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_SERVICE_NAME", "ours")
	wrap, flush, err := trace.Start(t.Context())
	require.NoError(t, err)
	service := wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, path := range []string{"/v1/model", "/healthz"} {
		service.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	require.NoError(t, flush(context.Background()))
	got := <-arrived
	assert.Contains(t, got, "/v1/traces ")
	assert.Contains(t, got, "GET /v1/model")
	assert.Contains(t, got, "ours")
	assert.NotContains(t, got, "healthz")

	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	_, _, err = trace.Start(t.Context())
	assert.ErrorContains(t, err, `OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"`)
}
