package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// measurement is one JSON line.
type measurement struct {
	Path           string   `json:"path"`
	Callers        int      `json:"callers"`
	TextsPerSecond float64  `json:"texts_per_second"`
	P50            float64  `json:"p50_ms"`
	P99            float64  `json:"p99_ms"`
	Model          float64  `json:"model_p50_ms"` // ONNX Runtime's own time for one text, 0 if it is not known
	Keys           []string `json:"keys"`         // of each text, run alone
}

// caller is one goroutine's record.
type caller struct {
	latencies, models []time.Duration
	err               error
}

// measure lets the callers go through the texts, each from a place of its own and each its next text as soon as it has an answer.
func measure(s subject, texts []string, o settings) (measurement, error) {
	m := measurement{Path: o.path, Callers: o.callers}
	for _, text := range texts { // which warms up all shapes as well
		key, _, err := s.fingerprint(text)
		if err != nil {
			return m, fmt.Errorf("%q: %w", text, err)
		}
		m.Keys = append(m.Keys, fmt.Sprintf("%016x", key))
	}
	callers := make([]caller, o.callers)
	began := time.Now()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { callers[i].call(s, texts, i*len(texts)/o.callers, began.Add(o.duration)) })
	}
	all.Wait()
	elapsed := time.Since(began)
	var latencies, models []time.Duration
	for _, c := range callers {
		if c.err != nil {
			return m, c.err
		}
		latencies, models = append(latencies, c.latencies...), append(models, c.models...)
	}
	if len(latencies) == 0 {
		return m, errors.New("no call ended in time")
	}
	m.TextsPerSecond = float64(len(latencies)) / elapsed.Seconds()
	m.P50, m.P99, m.Model = quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(models, 0.5)
	return m, nil
}

func (c *caller) call(s subject, texts []string, at int, until time.Time) {
	for began := time.Now(); began.Before(until); began = time.Now() {
		_, model, err := s.fingerprint(texts[at%len(texts)])
		if err != nil {
			c.err = err
			return
		}
		c.latencies, c.models = append(c.latencies, time.Since(began)), append(c.models, model)
		at++
	}
}

// quantile is in milliseconds.
func quantile(times []time.Duration, share float64) float64 {
	slices.Sort(times)
	return float64(times[int(share*float64(len(times)-1))]) / float64(time.Millisecond)
}

func (m measurement) print(w io.Writer) error { return json.NewEncoder(w).Encode(m) }
