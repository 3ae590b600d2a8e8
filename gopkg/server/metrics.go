package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/worker"
)

// measures are what /metrics shows beside the counts that the worker, the arena and the gates keep themselves.
type measures struct {
	registry *prometheus.Registry
	scrape   http.Handler

	inFlight      prometheus.Gauge
	requests      *prometheus.HistogramVec
	panics        prometheus.Counter
	batch         prometheus.Histogram
	model, kernel prometheus.Histogram
	scans         *prometheus.HistogramVec
	sharing       prometheus.Histogram
	reloads       *prometheus.CounterVec
}

func newMeasures() *measures {
	m := &measures{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "q2_http_requests_in_flight", Help: "Requests that are being answered."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "q2_http_request_duration_seconds",
			Help: "From a request's header to the end of its answer; 499 is a client that went away.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}, []string{"route", "method", "code"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "q2_http_panics_total", Help: "Requests that ended in a panic."}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "q2_batch_texts", Help: "Texts that shared a run of the model.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 8)}),
		model: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "q2_model_duration_seconds", Help: "ONNX Runtime's run of a batch.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
		kernel: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "q2_kernel_duration_seconds", Help: "The kernel's work on a batch.",
			Buckets: prometheus.ExponentialBuckets(0.0000005, 2, 16)}),
		scans: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "q2_search_duration_seconds", Help: "A scan, which one search has or several share, without the wait for a turn.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16)}, []string{"ranking"}),
		sharing: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "q2_scan_searches", Help: "Searches that shared a scan.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 7)}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "q2_reloads_total", Help: "Keys and certificates that were read again."}, []string{"what", "result"}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.inFlight, m.requests, m.panics, m.batch, m.model, m.kernel, m.scans, m.sharing, m.reloads)
	m.scrape = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return m
}

func (m *measures) observe(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Observe(took.Seconds())
}

// methodLabel keeps what a client makes up out of the labels.
func methodLabel(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}

func (m *measures) ran(batch int, t onnx.Timing) {
	m.batch.Observe(float64(batch))
	m.model.Observe(t.Model.Seconds())
	m.kernel.Observe(t.Kernel.Seconds())
}

func (m *measures) scanned(ranking string, searches int, took time.Duration) {
	m.scans.WithLabelValues(ranking).Observe(took.Seconds())
	m.sharing.Observe(float64(searches))
}

func (s *Server) scrape(w http.ResponseWriter, r *http.Request) error {
	s.metrics.scrape.ServeHTTP(w, r)
	return nil
}

// state shows the counts of the server's parts as they are when somebody looks.
type state struct{ server *Server }

type reading struct {
	*prometheus.Desc
	kind prometheus.ValueType
	of   func(v *view) float64
}

func metric(name, help string, kind prometheus.ValueType, of func(v *view) float64) reading {
	return reading{prometheus.NewDesc(name, help, nil, nil), kind, of}
}

var readings = []reading{
	metric("q2_queue_texts", "Texts that wait for the model.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.worker.Queued) }),
	metric("q2_running_texts", "Texts in runs of the model.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.worker.Running) }),
	metric("q2_texts_done_total", "Texts that were fingerprinted.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.Done) }),
	metric("q2_texts_failed_total", "Texts whose run failed.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.Failed) }),
	metric("q2_texts_rejected_total", "Texts that did not come into the queue.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.Rejected) }),
	metric("q2_texts_cancelled_total", "Texts whose client went away, or was kept waiting too long.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.Cancelled) }),
	metric("q2_tokens_total", "Tokens that were run.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.Tokens) }),
	metric("q2_padding_tokens_total", "Tokens that only filled up.", prometheus.CounterValue, func(v *view) float64 { return float64(v.worker.PaddedTokens) }),
	metric("q2_queue_seconds_total", "Time that texts waited for a run.", prometheus.CounterValue, func(v *view) float64 { return v.worker.QueueTime.Seconds() }),
	metric("q2_arena_leases", "Leases of the arena.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.arena.Leases) }),
	metric("q2_arena_leases_in_use", "Leases that are out.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.arena.InUse) }),
	metric("q2_arena_waiting", "Runs that wait for a lease.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.arena.Waiting) }),
	metric("q2_arena_waits_total", "Waits for a lease that have ended.", prometheus.CounterValue, func(v *view) float64 { return float64(v.arena.Waits) }),
	metric("q2_arena_wait_seconds_total", "Time of those waits.", prometheus.CounterValue, func(v *view) float64 { return v.arena.WaitTime.Seconds() }),
	metric("q2_arena_bytes", "Memory of the arena.", prometheus.GaugeValue, func(v *view) float64 { return float64(v.arena.UsableBytes) }),
}

var (
	infoDesc    = prometheus.NewDesc("q2_info", "Always 1: the kernel's backend and instruction set, and the model.", []string{"backend", "isa", "model"}, nil)
	gateDesc    = prometheus.NewDesc("q2_gate_running", "What runs at a time, of that which is bounded.", []string{"what"}, nil)
	waitingDesc = prometheus.NewDesc("q2_gate_waiting", "What waits for a turn.", []string{"what"}, nil)
)

func (c state) Describe(out chan<- *prometheus.Desc) {
	out <- infoDesc
	out <- gateDesc
	out <- waitingDesc
	for _, r := range readings {
		out <- r.Desc
	}
}

func (c state) Collect(out chan<- prometheus.Metric) {
	s := c.server
	name, gates := "", []*gate{s.searches.gate}
	if s.isLoaded() == nil {
		name, gates = s.engine.Name, append(gates, s.engine.alone)
		v := &view{s.engine.worker.Stats(), s.engine.Runner.Stats()}
		for _, r := range readings {
			out <- prometheus.MustNewConstMetric(r.Desc, r.kind, r.of(v))
		}
	}
	out <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, s.kernel.Backend(), s.kernel.ISA(), name)
	for _, g := range gates {
		out <- prometheus.MustNewConstMetric(gateDesc, prometheus.GaugeValue, float64(g.running()), g.what)
		out <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(g.waiting()), g.what)
	}
}

type view struct {
	worker worker.Stats
	arena  arena.Stats
}
