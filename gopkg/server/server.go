package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Parts are what a server is made of beside its configuration.
type Parts struct {
	// LoadModel opens the model, while the server answers already that it is not ready. nil is LoadModel of Config.Model.
	LoadModel func() (*Model, error)
	Log       *slog.Logger // nil: as NewLog on standard error would
	// Wrap goes around the whole service, for traces; nil is none.
	Wrap func(http.Handler) http.Handler
}

// Server is the service. New makes one, Run is its life.
type Server struct {
	config   Config
	log      *slog.Logger
	kernel   *q2.Kernel
	keys     *keyRing
	tls      *certificate
	requests *rates
	tokens   *rates
	searches *scans
	traffic  *traffic
	metrics  *measures
	load     func() (*Model, error)
	wrap     func(http.Handler) http.Handler

	data     string    // the folder of the collections
	lock     io.Closer // on it
	listener net.Listener
	profiles net.Listener // may be nil

	loaded    chan struct{} // closed when engine is there, or loadError says why not
	engine    *engine
	store     *store
	loadError error
}

// New checks the configuration, reads keys and certificate, takes the data folder, and listens; nobody is answered before Run. Errors: *ConfigError, and what the system says
// of files and addresses.
func New(c Config, p Parts) (s *Server, err error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	s = &Server{
		config: c, log: p.Log, load: p.LoadModel, wrap: p.Wrap, traffic: newTraffic(), metrics: newMeasures(), loaded: make(chan struct{}),
		requests: newRates(c.Rate, c.Burst), tokens: newRates(c.TokenRate, c.MaxTokens),
	}
	s.searches = newScans(cmp.Or(c.Searches, runtime.GOMAXPROCS(0)), c.Queue, s.metrics.scanned)
	if s.kernel, err = q2.Default(); err != nil {
		return nil, err
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.load == nil {
		s.load = func() (*Model, error) { return LoadModel(c.Model, c.onnxOptions()) }
	}
	s.metrics.registry.MustRegister(state{s})
	if s.keys, err = openKeys(c.Keys); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if s.tls, err = openCertificate(c.TLSCert, c.TLSKey); err != nil {
		return nil, fmt.Errorf("tls-cert and tls-key: %w", err)
	}
	if p.LoadModel == nil {
		if _, err := modelFolder(c.Model); err != nil { // told at once, before anybody is let in
			return nil, err
		}
	}
	if s.data, s.lock, err = lockData(c); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	return s, nil
}

func (s *Server) listen() (err error) {
	if s.listener, err = net.Listen("tcp", s.config.Listen); err != nil {
		return err
	}
	if s.config.Pprof != "" {
		if s.profiles, err = net.Listen("tcp", s.config.Pprof); err != nil {
			return errors.Join(err, s.listener.Close())
		}
	}
	return nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run answers requests until the context ends; then new ones get 503, those in flight are answered, and Run returns, after
// Config.DrainTimeout at the latest and a little for cutting off the rest. It returns an error if the model can't be loaded, a listener fails or requests
// had to be cut off.
func (s *Server) Run(ctx context.Context) error {
	base, cut := context.WithCancelCause(context.Background()) // of all requests
	defer cut(nil)
	hs := s.httpServer(base)
	failed := make(chan error, 2)
	go func() { failed <- s.serveHTTP(hs) }()
	ps := s.serveProfiles(failed)
	go s.loadModel()
	s.log.Info("listening", "address", s.Addr().String(), "tls", s.tls != nil, "keys", s.keys != nil)

	var err error
	select {
	case err = <-failed:
	case err = <-s.failedToLoad():
	case <-ctx.Done():
	}
	return errors.Join(err, s.stop(hs, ps, cut))
}

func (s *Server) httpServer(base context.Context) *http.Server {
	handler := s.handler()
	if s.wrap != nil {
		handler = s.wrap(handler)
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: s.config.HeaderTimeout,
		WriteTimeout:      s.config.HandlerTimeout + s.config.WriteTimeout, // each write of an answer moves it on
		IdleTimeout:       s.config.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // clients that speak something else
	}
}

const maxHeader = 64 << 10

func (s *Server) serveHTTP(hs *http.Server) error {
	l := s.listener
	if s.tls != nil {
		l = tls.NewListener(l, s.tls.config())
	}
	return hs.Serve(l)
}

// loadModel fills in the engine and the store.
func (s *Server) loadModel() {
	defer close(s.loaded)
	began := time.Now()
	if s.loadError = s.loadParts(); s.loadError != nil {
		return
	}
	s.log.Info("ready", "model", s.engine.Name, "n", s.engine.Runner.N(), "backend", s.kernel.Backend(), "isa", s.kernel.ISA(), "took", time.Since(began))
}

func (s *Server) loadParts() (err error) {
	if s.store, err = openStore(s.data, s.config.MaxCollections, s.log); err != nil {
		return err
	}
	model, err := s.load()
	if err != nil {
		return err
	}
	s.engine, err = newEngine(model, s.config, s.metrics.ran)
	return err
}

// failedToLoad tells of a model that could not be loaded, and of nothing else.
func (s *Server) failedToLoad() <-chan error {
	failed := make(chan error, 1)
	go func() {
		if <-s.loaded; s.loadError != nil {
			failed <- s.loadError
		}
	}()
	return failed
}

// grace is how long cutting off what has not ended in time may take.
const grace = 2 * time.Second

// stop drains: the listener stays, so that who comes is told. What is in flight when the time is over is cut off.
func (s *Server) stop(hs, profiles *http.Server, cut context.CancelCauseFunc) (err error) {
	idle := s.traffic.stop()
	s.log.Info("draining", "timeout", s.config.DrainTimeout)
	late, cancel := context.WithTimeout(context.Background(), s.config.DrainTimeout)
	defer cancel()
	select {
	case <-idle:
	case <-late.Done():
		err = fmt.Errorf("requests were cut off: they had not ended %v after the server was told to stop", s.config.DrainTimeout)
		cut(draining())
	}
	last, cancelLast := context.WithTimeout(context.Background(), grace)
	defer cancelLast()
	if profiles != nil {
		_ = profiles.Close()
	}
	if hs.Shutdown(last) != nil {
		_ = hs.Close()
	}
	err = errors.Join(err, s.letGo(last))
	s.log.Info("stopped")
	return err
}

// letGo closes what the server holds, as far as that can be done in time.
func (s *Server) letGo(ctx context.Context) error {
	select {
	case <-s.loaded:
	case <-ctx.Done():
		return nil // nobody was served
	}
	done := make(chan error, 1)
	go func() {
		var err error
		if s.engine != nil {
			err = s.engine.stop(ctx)
		}
		if s.store != nil {
			err = errors.Join(err, s.store.close())
		}
		err = errors.Join(err, s.lock.Close())
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.New("the model or the collections did not stop in time")
	}
}

// Reload reads keys and certificate again, for requests and connections from now on. What can't be used is logged, and what was there stays.
func (s *Server) Reload() {
	if s.keys != nil {
		s.reloaded("keys", s.keys.reload())
	}
	if s.tls != nil {
		s.reloaded("certificate", s.tls.reload())
	}
}

func (s *Server) reloaded(what string, err error) {
	if err != nil {
		s.metrics.reloads.WithLabelValues(what, "failed").Inc()
		s.log.Error("reload failed, the old ones stay", "what", what, "error", err)
		return
	}
	s.metrics.reloads.WithLabelValues(what, "ok").Inc()
	s.log.Info("reloaded", "what", what)
}
